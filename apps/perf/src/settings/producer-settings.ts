import type { ProducerOptions } from '@pafka/client'

import type { Mutable } from './mutable.ts'
import type { PropertyReader } from './property-reader.ts'

const ACKS: Readonly<Record<string, ProducerOptions['acks']>> = {
  ...{ all: 'all', '-1': 'all', '1': 'leader', '0': 'none' },
}
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** Kafka's properties of producers. */
export function producerSettings(read: PropertyReader): ProducerOptions {
  const producer: Mutable<ProducerOptions> = { createTopics: true }
  const acks = read.oneOf('acks', Object.keys(ACKS))
  if (acks !== undefined) producer.acks = ACKS[acks] ?? 'all'
  const compression = read.oneOf('compression.type', CODECS)
  if (compression !== undefined) producer.compression = compression
  const idempotent = read.oneOf('enable.idempotence', ['true', 'false'])
  if (idempotent !== undefined) producer.idempotent = idempotent === 'true'
  else if (producer.acks !== undefined && producer.acks !== 'all') producer.idempotent = false
  const bufferBytes = read.number('buffer.memory')
  if (bufferBytes !== undefined) producer.bufferBytes = bufferBytes
  const deliveryTimeoutMs = read.number('delivery.timeout.ms')
  if (deliveryTimeoutMs !== undefined) producer.deliveryTimeoutMs = deliveryTimeoutMs
  return producer
}
