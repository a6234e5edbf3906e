import { HOUR_MS } from '@pafka/base'
import { alignedMemory, type LogStore, type MovableSegment, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { TIME_MS } from './test-batches.ts'
import { createLog, openStore, overEachChannel } from './test-store.ts'
import { append, onlyLog, SMALL, tierOf } from './tier-logs.ts'
import { idOf } from './tier-stage.ts'

let files: SimulatedDisk
let clock: ManualClock

beforeEach(() => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
})

/** A segment that is about to be moved. */
async function begun(): Promise<{ store: LogStore; move: MovableSegment }> {
  const tiers = [tierOf('NVME', '/fast'), tierOf('HDD', '/slow')]
  const store = { dirs: ['/fast', '/slow'], tiers }
  const opened = await openStore({ files, clock, config: SMALL, dir: '/fast', store })
  await append(createLog(opened, SMALL), 9)
  await opened.flush()
  await opened.checkpoint()
  const [segment] = opened.tiers.segments()
  const move = segment && opened.tiers.move(segment, idOf(opened, '/slow'))
  if (move === undefined) throw new Error('nothing to move')
  expect(move.isGone).toBe(false)
  return { store: opened, move }
}

overEachChannel(() => {
  test.each<[string, (store: LogStore) => Promise<unknown>]>([
    ['records', (store) => onlyLog(store).deleteRecordsBefore(onlyLog(store).logEndOffset)],
    ['its partition', (store) => store.delete([onlyLog(store)])],
  ])('a segment whose read fails as %s are deleted is known to be gone', async (_, remove) => {
    const { store, move } = await begun()
    await remove(store)
    clock.advance(HOUR_MS) // its file goes with some delay
    await store.enforceRetention(clock.nowMs())
    expect(move.isGone).toBe(true)
    const memory = alignedMemory(65_536)
    const bytes = await move.read(memory, 0).catch(() => -1)
    expect(bytes).toBeLessThanOrEqual(move.sizeBytes)
    move.release()
    // the path is none the worse for it
    expect(store.dirs().every(({ isOnline }) => isOnline)).toBe(true)
    await store.close()
  })
})
