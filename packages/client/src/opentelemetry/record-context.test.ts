import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { expect, test } from 'vitest'

import { contextOf, linksOf, type TracedRecord } from './record-context.ts'

const propagator = new W3CTraceContextPropagator()
const [ONE, OTHER] = ['1', '2'].map((digit) => digit.repeat(16))

function traceparent(spanId = ''): readonly [string, Uint8Array] {
  return ['traceparent', Buffer.from(`00-${'a'.repeat(32)}-${spanId}-01`)]
}

function spanOf(record: TracedRecord): string | undefined {
  return trace.getSpanContext(contextOf(record, propagator))?.spanId
}

test('the last of several headers counts', () => {
  expect(spanOf({ headers: [traceparent(ONE), traceparent(OTHER)] })).toBe(OTHER)
})

test.each([
  ['no headers', []],
  ['none of a trace', [['a', Buffer.from('1')]]],
  ['a null', [['traceparent', null]]],
  ['nonsense', [['traceparent', Buffer.of(0xff, 0, 0xff)]]],
] as [string, TracedRecord['headers']][])('a record with %s is of no trace', (_, headers) => {
  expect(contextOf({ headers }, propagator)).toBe(ROOT_CONTEXT)
})

test('headers that cannot be decoded are those of no trace', () => {
  const record = {
    get headers(): never {
      throw new Error('damaged')
    },
  }
  expect(contextOf(record, propagator)).toBe(ROOT_CONTEXT)
})

test('each sender is linked to once', () => {
  const headers = [[traceparent(ONE)], [traceparent(OTHER)], [], [traceparent(ONE)]]
  const records = headers.map((one) => ({ headers: one }))
  expect(linksOf(records, propagator).map(({ context }) => context.spanId)).toEqual([ONE, OTHER])
})
