import { expect, test } from 'vitest'

import { type DecodePolicy, decodePolicy } from './decode-policy.ts'

test('records that cannot be decoded throw unless something else is said', () => {
  expect(decodePolicy()).toBe('throw')
  expect(decodePolicy('skip')).toBe('skip')
  expect(decodePolicy({ deadLetterTopic: 'dead' })).toEqual({ deadLetterTopic: 'dead' })
})

test('what is no policy is refused', () => {
  for (const wrong of ['ignore', {}, { deadLetterTopic: '' }]) {
    expect(() => decodePolicy(wrong as DecodePolicy)).toThrow('onDecodeError')
  }
})
