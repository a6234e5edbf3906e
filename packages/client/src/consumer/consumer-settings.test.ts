import { expect, test } from 'vitest'

import { consumerSettings } from './consumer-settings.ts'

test('by default what was processed is committed every five seconds', () => {
  expect(consumerSettings('g', {})).toMatchObject({
    ...{ ack: 'auto', commitIntervalMs: 5000, from: 'earliest', readCommitted: true },
    protocol: 'classic',
  })
})

test('what is given holds', () => {
  const given = { commitIntervalMs: 7, from: 'latest', readCommitted: false } as const
  expect(consumerSettings('g', given)).toMatchObject(given)
})

test.each([0, -1, 0.5, Number.NaN])('%d is no time between commits', (commitIntervalMs) => {
  const why = `commitIntervalMs: ${commitIntervalMs} is no time in ms`
  expect(() => consumerSettings('g', { commitIntervalMs })).toThrow(why)
})

test.each([0, -1, 0.5, Number.NaN])('%d is no size of what is buffered', (bufferBytes) => {
  const why = `bufferBytes: ${bufferBytes} is no size in bytes`
  expect(() => consumerSettings('g', { bufferBytes })).toThrow(why)
})
