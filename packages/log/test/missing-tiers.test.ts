import { type LogFields, silentLogger } from '@pafka/base'
import { type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import { TIME_MS } from './test-batches.ts'
import { createLog, openStore, overEachChannel, readAll } from './test-store.ts'
import { append, onlyLog, SMALL, tierOf } from './tier-logs.ts'
import { idOf, moveAll } from './tier-stage.ts'

const DIRS = ['/fast', '/mnt/slow']
const NEW = '/mnt/slow/.pafka-new-dir'

let files: SimulatedDisk
let clock: ManualClock
let told: [string, LogFields | undefined][]

function open(dirs: readonly string[] = DIRS): Promise<LogStore> {
  const [fast = '', ...slow] = dirs
  const tiers = [tierOf('NVME', fast), tierOf('HDD', ...slow)]
  told = []
  const error = (event: string, fields?: LogFields): void => void told.push([event, fields])
  const logger = { ...silentLogger, error }
  return openStore({ files, clock, config: SMALL, dir: fast, logger, store: { dirs, tiers } })
}

/** A log in /fast, of which all but the newest segment lie in /mnt/slow. */
async function split(store: LogStore): Promise<PartitionLog> {
  const log = createLog(store, SMALL)
  await append(log, 9)
  await store.flush()
  await store.checkpoint()
  const moved = await moveAll(store, idOf(store, '/mnt/slow'))
  expect(moved.length).toBeGreaterThan(1)
  return log
}

async function end(store: LogStore, how: string): Promise<void> {
  if (how === 'stop') await store.close()
  else files = files.kill()
}

/** Without what was mounted there. @param names folders that lie in the mount point */
function unmount(path: string, names: readonly string[] | undefined): void {
  files.rename(path, '/away')
  if (names === undefined) return
  files.makeFolder(path)
  for (const name of names) files.makeFolder(`${path}/${name}`)
}

async function mount(path: string): Promise<void> {
  await files.removeFolder(path)
  files.rename('/away', path)
}

function onlineOf(store: LogStore): boolean[] {
  return store.dirs().map(({ isOnline }) => isOnline)
}

beforeEach(() => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
})

overEachChannel(() => {
  describe.each(['stop', 'kill'])('a path with segments that is not mounted after a %s', (how) => {
    test.each([
      ['an empty folder', '/mnt/slow', []],
      ['no folder', '/mnt/slow', undefined],
      ['what a file system has of its own', '/mnt/slow', ['lost+found']],
      ['an empty folder above it', '/mnt', []],
    ])('is offline, left alone, and back with all it had: %s', async (_, point, names) => {
      const before = await open()
      const sent = await readAll(await split(before))
      const id = idOf(before, '/mnt/slow')
      await end(before, how)
      unmount(point, names)
      for (let starts = 0; starts < 2; starts += 1) {
        const without = await open()
        expect(onlineOf(without)).toEqual([true, false])
        expect(told[0]?.[0]).toBe('log-dir-failed')
        expect(told[0]?.[1]).toMatchObject({ dir: '/mnt/slow', code: 'ENODEV' })
        // after a kill the journal may have records for it, and says so first
        const why = `/mnt/slow(, which had the id ${id}, is not there| is empty), though `
        expect(told[0]?.[1]?.['cause']).toMatch(new RegExp(why))
        await end(without, how)
        expect(names && files.list(point)).toEqual(names)
        expect(files.stat(point) === undefined).toBe(names === undefined)
      }
      await mount(point)
      const store = await open()
      expect([onlineOf(store), told]).toEqual([[true, true], []])
      expect(await readAll(onlyLog(store))).toEqual(sent)
      await store.close()
    })
  })

  test('a disk that had no segments may be another one', async () => {
    const store = await open()
    await append(createLog(store, SMALL), 9)
    const id = idOf(store, '/mnt/slow')
    await store.close()
    unmount('/mnt/slow', [])
    const again = await open()
    expect(onlineOf(again)).toEqual([true, true])
    expect(idOf(again, '/mnt/slow')).not.toBe(id)
    await again.close()
  })

  test('a path that is new may be added', async () => {
    const store = await open()
    const sent = await readAll(await split(store))
    await store.close()
    const again = await open([...DIRS, '/mnt/new'])
    expect(onlineOf(again)).toEqual([true, true, true])
    expect(await readAll(onlyLog(again))).toEqual(sent)
    await again.close()
  })

  test('a disk is given up by a file that says so', async () => {
    const before = await open()
    await split(before)
    const id = idOf(before, '/mnt/slow')
    await before.close()
    unmount('/mnt/slow', [])
    files.writeFile(NEW, new Uint8Array())
    for (let starts = 0; starts < 2; starts += 1) {
      const store = await open()
      expect(onlineOf(store)).toEqual([true, true])
      expect(idOf(store, '/mnt/slow')).not.toBe(id)
      expect(files.stat(NEW)).toBeUndefined()
      await store.close()
    }
    // not mounted again, it is still known that there are segments somewhere
    await files.removeFolder('/mnt/slow')
    const store = await open()
    expect(onlineOf(store)).toEqual([true, false])
    await store.close()
  })

  test('a list of ids that is damaged says nothing', async () => {
    const store = await open()
    await split(store)
    await store.close()
    files.writeFile('/fast/known-dirs', Buffer.from('0\n9\nnot a list'))
    const again = await open()
    expect([onlineOf(again), told]).toEqual([[true, true], []])
    await again.close()
    expect(new TextDecoder().decode(files.readFile('/fast/known-dirs'))).toMatch(/^0\n2\n/)
  })
})
