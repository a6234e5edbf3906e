// Files of a log that was closed in order, and were cut since: what the others have stays.
import { type Logger, silentLogger } from '@pafka/base'
import { type LogConfig, type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { readBatches } from '@pafka/protocol'
import { beforeEach, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overEachChannel, readAll } from './test-store.ts'

const CONFIG: Partial<LogConfig> = { segmentBytes: 1500, indexIntervalBytes: 200 }
const RECORDS = 60

let disk: SimulatedDisk
let store: LogStore
let log: PartitionLog
let events: string[]

const logger: Logger = { ...silentLogger, error: (event) => void events.push(event) }

beforeEach(() => {
  disk = SimulatedDisk.create()
})

async function open(): Promise<void> {
  events = []
  store = await openStore({ files: disk, config: CONFIG, logger })
  log = store.get('topic', 0) ?? createLog(store, CONFIG)
}

async function send(count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    const value = Buffer.from(`${log.logEndOffset}`.padEnd(100))
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value }]), CLIENT)
    await committed(log)
  }
}

async function stop(): Promise<void> {
  await store.close()
  disk = disk.kill()
}

/** Oldest first. */
function segments(): string[] {
  const names = disk.list('/data/topic-0').filter((name) => name.endsWith('.log'))
  return names.map((name) => `/data/topic-0/${name}`).toSorted()
}

function baseOf(path: string): number {
  return Number(path.slice('/data/topic-0/'.length, -'.log'.length))
}

async function offsets(): Promise<number[]> {
  return Array.from(readBatches(await readAll(log)), ({ baseOffset }) => baseOffset)
}

const CUTS: readonly [string, (bytes: number) => number][] = [
  ['halved', (bytes) => Math.floor(bytes / 2)],
  ['cut within its first batch', () => 30],
  ['emptied', () => 0],
]

overEachChannel(() => {
  test.for(CUTS.flatMap((cut) => [0, 3, -2, -1].map((which) => [which, ...cut] as const)))(
    'segment %i is %s: the others are served, and no offset is given again',
    async ([which, , sizeAfter]) => {
      await open()
      await send(RECORDS)
      await stop()
      const path = segments().at(which) as string
      const next = segments()[segments().indexOf(path) + 1]
      const endOffset = next === undefined ? RECORDS : baseOf(next)
      disk.open(path, 'update').truncate(sizeAfter(disk.stat(path)?.sizeBytes ?? 0))
      for (let starts = 0; starts < 3; starts++) {
        await open()
        if (starts === 0) expect(events).toContain('segment-lost-bytes')
        const [served, sent] = [new Set(await offsets()), RECORDS + starts]
        const kept = Array.from({ length: sent }, (_, offset) => offset).filter(
          (offset) => offset < baseOf(path) || offset >= endOffset,
        )
        expect(kept.filter((offset) => !served.has(offset))).toEqual([])
        expect([log.logEndOffset, log.highWatermark]).toEqual([sent, sent])
        await send(1)
        if (starts === 1) disk = disk.kill()
        else await stop()
      }
    },
  )

  test.each([1, 30, 100])('%i bytes of the last segment are gone', async (bytes) => {
    await open()
    await send(RECORDS)
    await stop()
    const path = segments().at(-1) as string
    disk.open(path, 'update').truncate((disk.stat(path)?.sizeBytes ?? 0) - bytes)
    await open()
    await send(1)
    expect(events).toContain('segment-lost-bytes')
    const left = Array.from({ length: RECORDS - 1 }, (_, offset) => offset)
    expect(await offsets()).toEqual([...left, RECORDS])
    await stop()
    await open()
    expect(await offsets()).toEqual([...left, RECORDS])
  })
})
