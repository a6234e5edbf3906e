import type { HeaderValue, ProducerRecord } from '../../producer/producer-record.ts'
import type { Raw } from '../../topic.ts'
import type { MessageHeaders, Message } from '../topic-types.ts'

/** A message as the client sends it. */
export function recordOf(message: Message, partition: number): ProducerRecord<Raw, Raw> {
  const { key, value, headers, timestamp } = message
  return {
    ...{ key: key === undefined || key === null ? null : raw(key), partition },
    value: value === null ? null : raw(value),
    ...(headers !== undefined && headers !== null && { headers: headerPairs(headers) }),
    ...(timestamp !== undefined && timestamp !== null && { timestamp: Number(timestamp) }),
  }
}

/** Programs in JavaScript send numbers, too. */
function raw(value: Buffer | string): Raw {
  return typeof value === 'string' || value instanceof Uint8Array ? value : String(value)
}

function headerPairs(headers: MessageHeaders): [string, HeaderValue][] {
  return Object.entries(headers).flatMap(([name, given]): [string, HeaderValue][] => {
    if (Array.isArray(given)) return given.map((value) => [name, raw(value)])
    return [[name, given === undefined || given === null ? null : raw(given)]]
  })
}
