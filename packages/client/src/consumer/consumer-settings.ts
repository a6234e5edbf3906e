import { ConfigError } from '@pafka/base'

import type { ConsumerOptions } from './consumer-options.ts'

const DEFAULT_COMMIT_INTERVAL_MS = 5000
const DEFAULT_SESSION_TIMEOUT_MS = 45_000
const DEFAULT_REBALANCE_TIMEOUT_MS = 60_000

/** Options with everything in them. */
export type ConsumerSettings = Required<Omit<ConsumerOptions, 'signal' | 'instanceId'>>

/** @throws {ConfigError} with all that is wrong */
export function consumerSettings(
  { groupId, topics }: { readonly groupId: string; readonly topics: readonly unknown[] },
  given: ConsumerOptions,
): ConsumerSettings {
  const { from = 'earliest', ack = 'auto', readCommitted = true } = given
  const { commitIntervalMs = DEFAULT_COMMIT_INTERVAL_MS } = given
  const { sessionTimeoutMs = DEFAULT_SESSION_TIMEOUT_MS } = given
  const { rebalanceTimeoutMs = DEFAULT_REBALANCE_TIMEOUT_MS } = given
  const problems: string[] = []
  if (groupId === '') problems.push('group: a group has a name')
  if (topics.length === 0) problems.push('topics: there is at least one')
  if (!['earliest', 'latest'].includes(from)) problems.push(`from: ${from} is no place to begin`)
  if (!['auto', 'manual'].includes(ack)) problems.push(`ack: ${ack} is neither auto nor manual`)
  for (const [key, value] of Object.entries({
    ...{ commitIntervalMs, sessionTimeoutMs, rebalanceTimeoutMs },
  })) {
    if (!Number.isInteger(value) || value <= 0) problems.push(`${key}: ${value} is no time in ms`)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return { from, ack, readCommitted, commitIntervalMs, sessionTimeoutMs, rebalanceTimeoutMs }
}
