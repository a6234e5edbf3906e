import type { PartitionLog } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { DelayedFetches } from './delayed-fetch.ts'

/** Only what a waiting fetch looks at. */
class FakeLog {
  bytes = 0
  lastStableOffset = 0
  readonly highWatermark = 1
  bytesFrom(): number {
    return this.bytes
  }
  get asLog(): PartitionLog {
    return this as unknown as PartitionLog
  }
}

interface Waiting {
  readonly logs: FakeLog[]
  readonly clock: ManualClock
  readonly fetches: DelayedFetches
  readonly abort: AbortController
  done: boolean
}

function wait(minBytes: number, readsCommitted = false): Waiting {
  const clock = new ManualClock()
  const fetches = new DelayedFetches(clock)
  const abort = new AbortController()
  const logs = [new FakeLog(), new FakeLog()]
  const waiting: Waiting = { logs, clock, fetches, abort, done: false }
  const asked = { fetchOffset: 0, readsCommitted }
  const watched = new Map(logs.map((log) => [log.asLog, asked]))
  const ended = fetches.wait(watched, { minBytes, maxWaitMs: 500, signal: abort.signal })
  void ended.then(() => (waiting.done = true))
  return waiting
}

async function grow(waiting: Waiting, at: number, bytes: number): Promise<boolean> {
  const log = waiting.logs[at]
  if (log === undefined) throw new Error('no such log')
  log.bytes += bytes
  waiting.fetches.grew(log.asLog)
  await Promise.resolve()
  return waiting.done
}

test('bytes of all partitions together end the wait', async () => {
  const waiting = wait(100)
  expect(await grow(waiting, 0, 60)).toBe(false)
  expect(await grow(waiting, 1, 30)).toBe(false)
  expect(await grow(waiting, 0, 10)).toBe(true)
  expect(waiting.fetches.waiting).toBe(0)
})

test('bytes of transactions that are open end no wait for committed ones', async () => {
  const waiting = wait(100, true)
  expect(await grow(waiting, 0, 200)).toBe(false)
  for (const log of waiting.logs) log.lastStableOffset = 1
  expect(await grow(waiting, 0, 0)).toBe(true)
})

test('time ends the wait with whatever is there', async () => {
  const waiting = wait(100)
  await grow(waiting, 0, 99)
  waiting.clock.advance(499)
  await Promise.resolve()
  expect(waiting.done).toBe(false)
  waiting.clock.advance(1)
  await Promise.resolve()
  expect([waiting.done, waiting.fetches.waiting]).toEqual([true, 0])
})

test('a closed connection, a changed partition and a closing broker end it too', async () => {
  const endings: ((waiting: Waiting) => void)[] = [
    ({ abort }) => abort.abort(),
    ({ fetches, logs }) => logs[1] && fetches.changed(logs[1].asLog),
    ({ fetches }) => fetches.close(),
  ]
  for (const end of endings) {
    const waiting = wait(1)
    end(waiting)
    await Promise.resolve()
    expect([waiting.done, waiting.fetches.waiting]).toEqual([true, 0])
  }
})
