import { expect, test } from 'vitest'

import { placeAttributes, sendAttributes } from './span-attributes.ts'

const KEY = 'messaging.kafka.message.key'

function keyOf(key: unknown): unknown {
  return sendAttributes({ topic: 't', clientId: 'c', record: { key, value: 1 } })[KEY]
}

test('keys that are text are told, however they are given', () => {
  expect(keyOf('ann')).toBe('ann')
  expect(keyOf(Buffer.from('änn'))).toBe('änn')
})

test.each([
  ['null', null],
  ['a number', 5],
  ['no UTF-8', Uint8Array.of(0xff, 0xfe)],
  ['binary', Uint8Array.of(0, 0, 0, 1, 65)],
  ['long text', 'a'.repeat(257)],
  ['long bytes', new Uint8Array(257).fill(65)],
])('a key that is %s is not told', (_, key) => {
  expect(keyOf(key)).toBeUndefined()
})

test('an offset that is not known is not told', () => {
  expect(placeAttributes(3, -1)).toEqual({ 'messaging.destination.partition.id': '3' })
})
