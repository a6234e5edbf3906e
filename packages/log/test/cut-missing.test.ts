import { type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { TIME_MS } from './test-batches.ts'
import { createLog, openStore, overEachChannel, readAll } from './test-store.ts'
import { append, onlyLog, SMALL, tierOf } from './tier-logs.ts'
import { idOf, moveAll } from './tier-stage.ts'

const DIRS = ['/fast', '/slow']

let files: SimulatedDisk
let clock: ManualClock

function open(): Promise<LogStore> {
  const tiers = [tierOf('NVME', '/fast'), tierOf('HDD', '/slow')]
  return openStore({ files, clock, config: SMALL, dir: '/fast', store: { dirs: DIRS, tiers } })
}

/** A log of which all but the newest segment lie in /slow. */
async function begin(): Promise<{ store: LogStore; log: PartitionLog }> {
  const store = await open()
  const log = createLog(store, SMALL)
  await append(log, 9)
  await store.flush()
  await store.checkpoint()
  await moveAll(store, idOf(store, '/slow'))
  return { store, log }
}

function basesOf(log: PartitionLog): number[] {
  return [...log.parts.segments].map(({ baseOffset }) => baseOffset)
}

beforeEach(() => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
})

async function expectRefused(log: PartitionLog, why: string): Promise<void> {
  const [endOffset, bases] = [log.logEndOffset, basesOf(log)]
  const newest = bases.at(-1) ?? 0
  for (const offset of [1, newest - 1, newest]) {
    await expect(log.truncateTo(offset)).rejects.toThrow(why)
  }
  expect([log.isOnline, log.logEndOffset, basesOf(log)]).toEqual([true, endOffset, bases])
  await append(log, 1)
  expect(log.logEndOffset).toBe(endOffset + 1)
}

overEachChannel(() => {
  test('a cut into a segment that is not there is refused, and appends go on', async () => {
    const before = await begin()
    const sent = await readAll(before.log)
    await before.store.close()
    files.rename('/slow', '/away')
    const store = await open()
    const log = onlyLog(store)
    await expectRefused(log, 'is not there')
    const newest = basesOf(log).at(-1) ?? 0
    await log.truncateTo(newest + 1) // what is there can be cut
    await append(log, 2)
    expect(log.logEndOffset).toBe(newest + 3)
    await store.close()
    await files.removeFolder('/slow')
    files.rename('/away', '/slow')
    const after = await open()
    const served = await readAll(onlyLog(after))
    expect(served.subarray(0, sent.length).equals(sent)).toBe(true)
    expect(onlyLog(after).logEndOffset).toBe(newest + 3)
    await after.close()
  })

  test('a cut into a segment of a path that is lost is refused, and appends go on', async () => {
    const { store, log } = await begin()
    await readAll(log) // its files are open
    files.rename('/slow', '/away')
    store.tiers.look()
    await expectRefused(log, 'its log dir is lost')
    await store.close()
  })

  test('a log is emptied though some of it is not there, and none of that comes back', async () => {
    const before = await begin()
    await before.store.close()
    files.rename('/slow', '/away')
    const store = await open()
    await onlyLog(store).truncateTo(0)
    await append(onlyLog(store), 9)
    const sent = await readAll(onlyLog(store))
    await store.close()
    await files.removeFolder('/slow')
    files.rename('/away', '/slow')
    const after = await open()
    expect(onlyLog(after).logEndOffset).toBe(9)
    expect((await readAll(onlyLog(after))).equals(sent)).toBe(true)
    await after.close()
  })
})
