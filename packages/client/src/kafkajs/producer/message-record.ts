import type { HeaderValue, ProducerRecord } from '../../producer/producer-record.ts'
import type { Raw } from '../../topic.ts'
import type { MessageHeaders, Message } from '../topic-types.ts'

/** A message as the client sends it. @throws {TypeError} for what is neither text nor bytes */
export function recordOf(message: Message, partition: number): ProducerRecord<Raw, Raw> {
  const { key, value, headers, timestamp } = message
  return {
    ...{ key: key === undefined || key === null ? null : raw(key, 'key'), partition },
    value: value === null ? null : raw(value, 'value'),
    ...(headers !== undefined && headers !== null && { headers: headerPairs(headers) }),
    ...(timestamp !== undefined && timestamp !== null && { timestamp: Number(timestamp) }),
  }
}

/** As Node refuses it: programs in JavaScript give what the types do not have. */
function raw(value: unknown, what: string): Raw {
  if (typeof value === 'string' || value instanceof Uint8Array) return value
  const kind = value === null ? 'null' : typeof value
  const error = new TypeError(`The ${what} of a message is text or a Buffer, not ${kind}`)
  throw Object.assign(error, { code: 'ERR_INVALID_ARG_TYPE' })
}

function headerPairs(headers: MessageHeaders): [string, HeaderValue][] {
  return Object.entries(headers).flatMap(([name, given]): [string, HeaderValue][] => {
    if (!Array.isArray(given)) return [[name, raw(given, `header ${name}`)]]
    return given.map((value) => [name, raw(value, `header ${name}`)])
  })
}
