import type { Delivery } from '@pafka/client'
import { expect, test } from 'vitest'

import { partOf } from './load-part.ts'
import { produceLoad, type ProduceLoad, type RecordSink } from './produce-load.ts'
import { steadySchedule } from './schedule.ts'

const LOAD: ProduceLoad = {
  ...{ topic: 't', records: 1000, warmupRecords: 900, schedule: undefined },
  payload: () => Buffer.from('a'),
  key: () => null,
}

/** Acknowledges nothing until `settle`. */
class SlowSink implements RecordSink {
  readonly taken: Delivery[] = []

  enqueue(_topic: string, _record: unknown, tell: Delivery): boolean {
    this.taken.push(tell)
    return true
  }

  async ready(): Promise<void> {}

  settle(): void {
    for (const tell of this.taken) tell.settled(1, undefined)
  }
}

interface Steady {
  readonly acknowledged: number
  /** How many were sent when it began, and when it was. */
  readonly began: readonly (readonly [sent: number, dueMs: number])[]
}

async function steadyOf(load: ProduceLoad): Promise<Steady> {
  const sink = new SlowSink()
  let acknowledged = 0
  const began: [number, number][] = []
  const { warmupRecords = 0 } = load
  const watch = {
    acknowledged(records: number, _bytes: number, _latencyMs: number, index: number): void {
      if (index >= warmupRecords) acknowledged += records
    },
    failed(): void {},
    steady: (dueMs: number): void => void began.push([sink.taken.length, dueMs]),
  }
  const sent = await produceLoad(sink, load, watch, new AbortController().signal)
  expect(sent).toBe(load.records)
  sink.settle()
  return { acknowledged, began }
}

test.each([0, 1, 64, 900, 999])('%d records of warm-up are those, and no more', async (warmup) => {
  const { acknowledged, began } = await steadyOf({ ...LOAD, warmupRecords: warmup })
  expect(acknowledged).toBe(1000 - warmup)
  expect(began.map(([sent]) => sent)).toEqual([warmup])
})

test('what is measured begins when its first record is due, not when it is answered', async () => {
  const startMs = performance.now() - 5000
  const terms = { schedule: steadySchedule(1000), startMs }
  const { acknowledged, began } = await steadyOf({ ...LOAD, ...terms })
  expect({ acknowledged, began }).toEqual({ acknowledged: 100, began: [[900, startMs + 900]] })
})

test('clients that share a load share its warm-up', () => {
  const parts = [0, 1, 2].map((at) => partOf({ ...LOAD, warmupRecords: 901 }, at, 3))
  expect(parts.map(({ warmupRecords }) => warmupRecords)).toEqual([301, 300, 300])
  expect(parts.map(({ records }) => records)).toEqual([334, 333, 333])
})
