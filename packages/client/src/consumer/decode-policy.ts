import { ConfigError } from '@pafka/base'

/**
 * What becomes of a record whose key, value or headers cannot be decoded. `throw`: who asks for
 * them gets a `KafkaError`. `skip`: nobody gets the record. `deadLetterTopic`: as `skip`, but it is
 * copied to this topic before, as it came, with headers that tell where from and what was wrong.
 * But for `throw`, records are decoded before they are given out.
 */
export type DecodePolicy = 'throw' | 'skip' | { readonly deadLetterTopic: string }

/** @throws {ConfigError} */
export function decodePolicy(given: DecodePolicy = 'throw'): DecodePolicy {
  const isKnown =
    typeof given === 'string'
      ? ['throw', 'skip'].includes(given)
      : typeof given.deadLetterTopic === 'string' && given.deadLetterTopic !== ''
  if (isKnown) return given
  const known = 'throw, skip, { deadLetterTopic }'
  throw new ConfigError([`onDecodeError: ${JSON.stringify(given)} is none of ${known}`])
}
