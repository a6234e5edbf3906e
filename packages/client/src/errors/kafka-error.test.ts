import { expect, test } from 'vitest'

import { isRetriableError, KafkaError } from './kafka-error.ts'

class OtherError extends KafkaError {}

test('an error is known whichever copy of the class made it', () => {
  const brand = Symbol.for('@pafka/client KafkaError')
  const other: unknown = Object.assign(new Error('x'), { [brand]: true, kind: 'retriable' })
  expect(other).toBeInstanceOf(KafkaError)
  expect(isRetriableError(other)).toBe(true)
  expect(other).not.toBeInstanceOf(OtherError)
})

test('an error is of its own class, and of those above it', () => {
  const error = new OtherError('CODE', 'text', { kind: 'usage' })
  expect(error).toBeInstanceOf(KafkaError)
  expect(error).toBeInstanceOf(OtherError)
  expect(new KafkaError('CODE', 'text', { kind: 'usage' })).not.toBeInstanceOf(OtherError)
  for (const none of [new Error('x'), null, undefined, 'x', {}]) {
    expect(none).not.toBeInstanceOf(KafkaError)
  }
  expect(Object.keys(error)).not.toContain('Symbol(@pafka/client KafkaError)')
})
