import { isUtf8 } from 'node:buffer'

import type { Attributes } from '@opentelemetry/api'

import type { Handled, SentRecords } from '../watch/tracing.ts'

/**
 * Of the semantic conventions for messaging whose names the attributes have. Later ones give some
 * of them other names, by which few know them yet: a backend can tell by this what they are.
 */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.37.0'

/** A longer key says little, and costs much. */
const LONGEST_KEY = 256
const CONTROL = /\p{Cc}/u

export function sendAttributes({ topic, clientId, record }: SentRecords): Attributes {
  return {
    ...operationAttributes('send', topic, clientId),
    ...(record === undefined ? {} : contentAttributes(record)),
  }
}

function contentAttributes(record: NonNullable<SentRecords['record']>): Attributes {
  try {
    const { key, value } = record
    return { ...keyAttribute(key), ...(value === null ? TOMBSTONE : {}) }
  } catch {
    return {} // who writes it is told
  }
}

export function processAttributes({ record, groupId, clientId }: Handled): Attributes {
  const { topic, partition, offset, keyBytes, valueBytes } = record
  return {
    ...operationAttributes('process', topic, clientId),
    'messaging.consumer.group.name': groupId,
    ...placeAttributes(partition, offset),
    ...keyAttribute(keyBytes),
    ...(valueBytes === null ? TOMBSTONE : {}),
  }
}

/** @param offset -1 where it is not known */
export function placeAttributes(partition: number, offset: number): Attributes {
  return {
    'messaging.destination.partition.id': String(partition),
    ...(offset < 0 ? {} : { 'messaging.kafka.offset': offset }),
  }
}

const TOMBSTONE: Attributes = { 'messaging.kafka.message.tombstone': true }

function operationAttributes(
  operation: 'send' | 'process',
  topic: string,
  clientId: string,
): Attributes {
  return {
    'messaging.system': 'kafka',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': topic,
    'messaging.client.id': clientId,
  }
}

/** What is no text has no name that all would give it. */
function keyAttribute(key: unknown): Attributes {
  const text = key instanceof Uint8Array ? textOf(key) : key
  if (typeof text !== 'string' || text.length > LONGEST_KEY) return {}
  return { 'messaging.kafka.message.key': text }
}

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > LONGEST_KEY || !isUtf8(bytes)) return undefined
  const text = Buffer.from(bytes).toString('utf8')
  return CONTROL.test(text) ? undefined : text
}
