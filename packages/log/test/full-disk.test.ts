import { KIB, MIB, silentLogger } from '@pafka/base'
import {
  defaultLogConfig,
  diskError,
  type LogStore,
  type PartitionLog,
  SimulatedDisk,
  type Space,
} from '@pafka/log'
import { errorName } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, overEachChannel, readAll, TOPIC_ID } from './test-store.ts'

const VALUE = Buffer.alloc(10_000, 'x')
const SEGMENT_BYTES = 4 * VALUE.length
const RESERVE_BYTES = 64 * KIB
const PIECE_BYTES = 64 * KIB

let files: SimulatedDisk
let clock: ManualClock
let store: LogStore
/** What the system says of the disk; undefined where it says nothing. */
let space: Space | undefined
let events: string[] = []

const note = (event: string): void => void events.push(event)

async function open(): Promise<void> {
  events = []
  const sizes = { limitBytes: 16 * PIECE_BYTES, tailBytes: 4 * MIB, pieceBytes: PIECE_BYTES }
  const measured = space === undefined ? {} : { spaceOf: async () => space as Space }
  const config = { segmentBytes: SEGMENT_BYTES, fileDeleteDelayMs: 60_000 }
  const logger = { ...silentLogger, info: note, warn: note, error: note }
  const journal = { folder: '/data/journal', ...sizes }
  store = await openStore({ files, clock, logger, config, store: { journal, ...measured } })
}

function log(partition = 0): PartitionLog {
  const found = store.get('t', partition)
  const config = { ...defaultLogConfig, segmentBytes: SEGMENT_BYTES, fileDeleteDelayMs: 60_000 }
  return found ?? store.create({ topic: 't', topicId: TOPIC_ID, partition }, config)
}

function send(partition = 0, origin: 'client' | 'coordinator' = 'client'): string {
  const records = [{ timestamp: TIME_MS, key: null, value: VALUE }]
  return errorName(log(partition).appendAsLeader(batchOf(records), { ...CLIENT, origin }).errorCode)
}

async function append(count: number, partition = 0): Promise<void> {
  for (let left = count; left > 0; left -= 1) expect(send(partition)).toBe('NONE')
  await committed(log(partition))
}

/** No byte more, wherever: also not over what is there, which is worse than a real disk. */
function fill(except = /\/ring$/): void {
  if (space !== undefined) space = { ...space, usableBytes: 0 }
  files.fault = (operation, path) =>
    operation === 'write' && !except.test(path) ? diskError('ENOSPC', path) : undefined
}

function empty(usableBytes = 100 * MIB): void {
  if (space !== undefined) space = { ...space, usableBytes }
  files.fault = () => undefined
}

/** What the journal has and segments are to get. */
function waitingBytes(): number {
  return store.journal?.unstoredBytes ?? 0
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function later(ms = 1000): Promise<void> {
  await turns()
  clock.advance(ms)
  await turns()
}

async function end(how: 'stop' | 'kill'): Promise<void> {
  if (how === 'stop') await store.close()
  files = files.kill()
}

function segments(): string[] {
  return files
    .list('/data/t-0')
    .filter((name) => name.endsWith('.log') || name.includes('.deleted'))
}

const SPACES: readonly [string, Space | undefined][] = [
  ['measured', { totalBytes: 4 * MIB, usableBytes: 100 * MIB }],
  ['not measured', undefined],
]

beforeEach(() => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
})

overEachChannel(() => {
  describe.each(SPACES)('a start on a disk that is full (%s)', (_, given) => {
    beforeEach(() => {
      space = given
    })

    test.each([
      ['stop', 'stop'],
      ['kill', 'stop'],
      ['kill', 'kill'],
    ] as const)('reads all, and takes appends when there is room: %s, %s', async (how, next) => {
      await open()
      await append(10)
      await append(3, 1)
      const sent = [await readAll(log(0)), await readAll(log(1))]
      await end(how)
      fill()
      for (let start = 0; start < 2; start += 1) {
        await open()
        expect([await readAll(log(0)), await readAll(log(1))]).toEqual(sent)
        expect(store.dirs()).toMatchObject([{ isOnline: true }])
        await end(next)
        fill()
      }
      await open()
      empty()
      await later()
      await append(1)
      expect(store.dirs()).toMatchObject([{ isShort: false }])
      await end('kill')
      await open()
      expect([log(0).logEndOffset, log(1).logEndOffset]).toEqual([11, 3])
      expect((await readAll(log(0))).subarray(0, sent[0]?.length)).toEqual(sent[0])
    })
  })

  describe('a disk that gets full', () => {
    beforeEach(async () => {
      space = { totalBytes: 4 * MIB, usableBytes: 100 * MIB }
      await open()
      await append(10)
      await turns()
    })

    /** Until the store has noticed. */
    async function fillUp(): Promise<void> {
      fill()
      for (let tries = 0; store.dirs()[0]?.isShort !== true; tries += 1) {
        expect(tries).toBeLessThan(20)
        send()
        await later(5000)
      }
    }

    test('gives its ballast to deletions, and not to producers', async () => {
      expect(files.stat('/data/ballast')?.sizeBytes).toBe(RESERVE_BYTES)
      await fillUp()
      expect(files.stat('/data/ballast')).toBeUndefined()
      empty(RESERVE_BYTES)
      for (let second = 0; second < 5; second += 1) {
        await later()
        expect(send()).toBe('KAFKA_STORAGE_ERROR')
      }
      expect(send(0, 'coordinator')).toBe('NONE')
      empty(RESERVE_BYTES / 2 - 1)
      await later()
      expect(send(0, 'coordinator')).toBe('KAFKA_STORAGE_ERROR')
      empty(2 * RESERVE_BYTES + waitingBytes() - 1)
      await later()
      expect(send()).toBe('KAFKA_STORAGE_ERROR')
      empty(2 * RESERVE_BYTES + waitingBytes())
      await later()
      expect([send(), files.stat('/data/ballast')?.sizeBytes]).toEqual(['NONE', RESERVE_BYTES])
      expect(events.filter((event) => event === 'disk-has-room')).toHaveLength(1)
    })

    test('a start finds the room that is left too little for producers', async () => {
      await fillUp()
      empty(RESERVE_BYTES - 1)
      await end('kill')
      await open()
      expect([send(), log().logEndOffset >= 10]).toEqual(['KAFKA_STORAGE_ERROR', true])
      empty(RESERVE_BYTES + waitingBytes() + 2 * VALUE.length)
      await end('stop')
      await open()
      expect([send(), send()]).toEqual(['NONE', 'NONE'])
    })

    test('records are deleted, and their segments go at once', async () => {
      await fillUp()
      const before = segments().length
      expect(before).toBeGreaterThan(2)
      // nothing can be written down, whatever goes
      expect(errorName(await log().deleteRecordsBefore(8))).toBe('KAFKA_STORAGE_ERROR')
      expect(log().logStartOffset).toBe(8)
      expect(segments().length).toBeLessThan(before)
      expect(segments().filter((name) => name.includes('.deleted'))).toEqual([])
      empty()
      expect(errorName(await log().deleteRecordsBefore(8))).toBe('NONE')
      await end('kill')
      await open()
      expect(log().logStartOffset).toBe(8)
    })

    test('that makes the room to write it down', async () => {
      await fillUp()
      const first = '00000000000000000000.log'
      files.fault = (operation, path) => {
        if (operation !== 'write') return undefined
        const isFull = segments().some((name) => name.startsWith(first))
        return isFull ? diskError('ENOSPC', path) : undefined
      }
      expect(errorName(await log().deleteRecordsBefore(7))).toBe('NONE')
      await end('kill')
      await open()
      expect(log().logStartOffset).toBe(7)
    })

    test('partitions are deleted, retention goes on, and a stop ends', async () => {
      await fillUp()
      const retained = { ...log().config, retentionBytes: SEGMENT_BYTES }
      log().setConfig(retained)
      await store.enforceRetention(TIME_MS)
      expect(log().logStartOffset).toBeGreaterThan(0)
      await later(0)
      expect(segments().filter((name) => name.includes('.deleted'))).toEqual([])
      await store.delete([log()]).catch(() => undefined)
      await later(0)
      expect(files.list('/data').filter((name) => name.startsWith('t-0'))).toEqual([])
      await end('stop')
      empty()
      await open()
      expect([...store.logs()]).toEqual([])
    })
  })
})
