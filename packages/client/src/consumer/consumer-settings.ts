import { ConfigError } from '@pafka/base'

import type { ConsumerOptions } from './consumer-options.ts'
import { DEFAULT_BUFFER_BYTES } from './fetch-budget.ts'

const DEFAULT_COMMIT_INTERVAL_MS = 5000
const DEFAULT_SESSION_TIMEOUT_MS = 45_000
const DEFAULT_REBALANCE_TIMEOUT_MS = 60_000

type Given = Omit<ConsumerOptions, 'signal' | 'instanceId' | 'assignor' | 'onDecodeError'>

/** What was asked for, with what holds where nothing was said. */
export interface ConsumerSettings extends Required<Given> {
  readonly instanceId: string | null
  readonly assignor: string | undefined
}

/** @throws {ConfigError} with all that is wrong */
export function consumerSettings(groupId: string, given: ConsumerOptions): ConsumerSettings {
  const { from = 'earliest', ack = 'auto', readCommitted = true, protocol = 'classic' } = given
  const { commitIntervalMs = DEFAULT_COMMIT_INTERVAL_MS } = given
  const { sessionTimeoutMs = DEFAULT_SESSION_TIMEOUT_MS } = given
  const { rebalanceTimeoutMs = DEFAULT_REBALANCE_TIMEOUT_MS, instanceId = null, assignor } = given
  const { bufferBytes = DEFAULT_BUFFER_BYTES } = given
  const problems: string[] = []
  if (groupId === '') problems.push('group: a group has a name')
  if (!['earliest', 'latest'].includes(from)) problems.push(`from: ${from} is no place to begin`)
  if (!['auto', 'manual'].includes(ack)) problems.push(`ack: ${ack} is neither auto nor manual`)
  if (instanceId === '') problems.push('instanceId: it is empty')
  for (const [key, value] of Object.entries({
    ...{ commitIntervalMs, sessionTimeoutMs, rebalanceTimeoutMs },
  })) {
    if (!Number.isInteger(value) || value <= 0) problems.push(`${key}: ${value} is no time in ms`)
  }
  if (!Number.isSafeInteger(bufferBytes) || bufferBytes <= 0) {
    problems.push(`bufferBytes: ${bufferBytes} is no size in bytes`)
  }
  problems.push(...protocolProblems(given))
  if (problems.length > 0) throw new ConfigError(problems)
  const times = { commitIntervalMs, sessionTimeoutMs, rebalanceTimeoutMs }
  const rest = { instanceId, assignor, bufferBytes }
  return { from, ack, readCommitted, protocol, ...rest, ...times }
}

function* protocolProblems(given: ConsumerOptions): Generator<string> {
  const { protocol = 'classic', assignor, sessionTimeoutMs } = given
  if (!['classic', 'consumer'].includes(protocol)) {
    yield `protocol: ${protocol} is neither classic nor consumer`
  }
  if (protocol === 'classic' && assignor !== undefined) {
    yield 'assignor: only with the protocol consumer the broker assigns'
  }
  if (protocol === 'consumer' && sessionTimeoutMs !== undefined) {
    yield 'sessionTimeoutMs: with the protocol consumer the broker decides'
  }
}
