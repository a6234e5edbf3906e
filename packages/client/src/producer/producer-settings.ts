import { type BufferPoolOptions, ConfigError, MIB } from '@pafka/base'
import { Compression } from '@pafka/protocol'

import type { ProducerOptions } from './producer-options.ts'

/** Below what brokers take by default (`message.max.bytes`). */
export const BATCH_BYTES = 1_000_000
const DEFAULT_BUFFER_BYTES = 64 * MIB
const DEFAULT_DELIVERY_TIMEOUT_MS = 120_000
const DEFAULT_TRANSACTION_TIMEOUT_MS = 60_000

/** Options with everything in them. */
export interface ProducerSettings extends Required<Omit<ProducerOptions, 'transactionalId'>> {
  readonly transactionalId: string | undefined
}

/** Of memory for batches. */
export const POOL: Omit<BufferPoolOptions, 'clock'> = {
  smallestBytes: 4096,
  largestBytes: 4 * MIB,
  limitBytes: 32 * MIB,
  idleMs: 10_000,
}

/** As the protocol has them. */
export const ACKS = { all: -1, leader: 1, none: 0 } as const

/** @throws {ConfigError} with all that is wrong */
export function producerSettings(given: ProducerOptions): ProducerSettings {
  const { acks = 'all', idempotent = acks === 'all', compression = 'none' } = given
  const { deliveryTimeoutMs = DEFAULT_DELIVERY_TIMEOUT_MS } = given
  const { bufferBytes = DEFAULT_BUFFER_BYTES, createTopics = false } = given
  const { transactionalId, transactionTimeoutMs = DEFAULT_TRANSACTION_TIMEOUT_MS } = given
  const problems: string[] = []
  if (!Object.hasOwn(ACKS, acks)) problems.push(`acks: ${acks} is none of all, leader, none`)
  if (!Object.hasOwn(Compression, compression))
    problems.push(`compression: there is no ${compression}`)
  if (idempotent && acks !== 'all') problems.push('idempotent: true goes with acks all only')
  if (!(deliveryTimeoutMs > 0)) problems.push('deliveryTimeoutMs: must be above 0')
  if (!(bufferBytes >= BATCH_BYTES)) problems.push(`bufferBytes: must be ${BATCH_BYTES} or more`)
  if (transactionalId === '') problems.push('transactionalId: an id has a name')
  if (!(transactionTimeoutMs > 0)) problems.push('transactionTimeoutMs: must be above 0')
  if (problems.length > 0) throw new ConfigError(problems)
  return {
    ...{ acks, idempotent, compression, deliveryTimeoutMs, bufferBytes, createTopics },
    ...{ transactionalId, transactionTimeoutMs },
  }
}
