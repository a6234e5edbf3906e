import { resolve } from 'node:path'

import { errnoOf, HOUR_MS, MINUTE_MS } from '@pafka/base'
import type { TierOptions } from '@pafka/log'

import type { BrokerConfig, ConfigProvenance } from './broker-config.ts'
import type { BrokerKeys } from './broker-keys.ts'
import type { BrokerValues } from './broker-values.ts'
import { groupKeyProblems } from './group-keys.ts'
import { checkMemory, dedupeBufferBytes } from './memory-checks.ts'
import { resolveMetricsListener } from './metrics-endpoint.ts'
import { resolveLimits } from './resolve-limits.ts'
import { resolveListeners } from './resolve-listeners.ts'
import { resolveTiers } from './resolve-tiers.ts'
import { checkTiers } from './tier-checks.ts'
import { topicKeys } from './topic-keys.ts'

export interface Resolution {
  readonly config: BrokerConfig
  readonly warnings: readonly string[]
  /** Not empty: `config` does not count. */
  readonly problems: readonly string[]
}

const CLUSTER_ID = /^[\w-]{22}$/

/** Puts together the keys that take part in each other, and checks them against each other. */
export function resolveConfig(values: BrokerValues, provenance: ConfigProvenance): Resolution {
  const problems: string[] = []
  const warnings: string[] = []
  const isSet = (key: keyof BrokerKeys): boolean => provenance.has(key)
  const nodeId = resolveNodeId(values, isSet('node.id'), problems)
  const listeners = resolveListeners(values, problems)
  checkRanges(values, problems)
  problems.push(...groupKeyProblems(values))
  checkTiers(values, problems)
  checkMemory(values, { warnings, problems })
  const tiers = resolveTiers(values, problems)
  const config: BrokerConfig = {
    ...values,
    tiers,
    ...listeners,
    ...resolveTimes(values, problems),
    ...singleReplica(values, warnings),
    metricsListener: resolveMetricsListener(values.metricsListener, listeners.listeners, problems),
    nodeId,
    brokerId: nodeId,
    logCleanerDedupeBufferSize: dedupeBufferBytes(values, { warnings, problems }),
    logDirs: resolveLogDirs(onMemory(values, isSet, warnings), tiers, problems),
    logLimits: resolveLimits(values, absoluteIn('log.limit.paths', problems), problems),
    queuedMaxRequestBytes: resolveRequestMemory(values, problems),
    provenance,
  }
  return { config: Object.freeze(config), warnings, problems }
}

function resolveNodeId(values: BrokerValues, isNodeIdSet: boolean, problems: string[]): number {
  const { nodeId, brokerId } = values
  if (brokerId < 0) return nodeId
  if (isNodeIdSet && nodeId !== brokerId) {
    problems.push(`broker.id: ${brokerId} is not the node.id ${nodeId}; say one of them`)
  }
  return brokerId
}

/** The finest unit that is set decides, as in Kafka. */
function resolveTimes(
  values: BrokerValues,
  problems: string[],
): Pick<BrokerConfig, 'logRetentionMs' | 'logRollMs' | 'logRollJitterMs' | 'logFlushIntervalMs'> {
  const minutes = values.logRetentionMinutes
  const coarse = minutes === null ? values.logRetentionHours * HOUR_MS : minutes * MINUTE_MS
  const retentionMs = values.logRetentionMs ?? coarse
  if (retentionMs === 0) {
    problems.push('log.retention.ms: must be at least 1, or -1 for ever')
  }
  const logRollMs = values.logRollMs ?? values.logRollHours * HOUR_MS
  const logRollJitterMs = values.logRollJitterMs ?? values.logRollJitterHours * HOUR_MS
  const logFlushIntervalMs = values.logFlushIntervalMs ?? values.logFlushSchedulerIntervalMs
  if (logRollMs < 1) problems.push('log.roll.ms: must be at least 1')
  if (logRollJitterMs < 0) problems.push('log.roll.jitter.ms: must be at least 0')
  if (logFlushIntervalMs < 0) problems.push('log.flush.interval.ms: must be at least 0')
  const logRetentionMs = Math.max(-1, retentionMs)
  return { logRetentionMs, logRollMs, logRollJitterMs, logFlushIntervalMs }
}

/** A file written for a cluster would otherwise refuse every topic and every acks=all. */
function singleReplica(
  values: BrokerValues,
  warnings: string[],
): Pick<
  BrokerConfig,
  | 'defaultReplicationFactor'
  | 'offsetsTopicReplicationFactor'
  | 'transactionStateLogReplicationFactor'
  | 'transactionStateLogMinIsr'
  | 'minInsyncReplicas'
> {
  const above = [
    ['default.replication.factor', values.defaultReplicationFactor],
    ['offsets.topic.replication.factor', values.offsetsTopicReplicationFactor],
    ['transaction.state.log.replication.factor', values.transactionStateLogReplicationFactor],
    ['transaction.state.log.min.isr', values.transactionStateLogMinIsr],
    ['min.insync.replicas', values.minInsyncReplicas],
  ] as const
  const said = above.filter(([, count]) => count > 1).map(([key, count]) => `${key}=${count}`)
  if (said.length > 0) warnings.push(`One broker serves, so these count as 1: ${said.join(', ')}`)
  return {
    defaultReplicationFactor: 1,
    offsetsTopicReplicationFactor: 1,
    transactionStateLogReplicationFactor: 1,
    transactionStateLogMinIsr: 1,
    minInsyncReplicas: 1,
  }
}

/** With persistent memory only, Pafka's data lies in the first tier: its files here, too. */
function onMemory(
  values: BrokerValues,
  isSet: (key: keyof BrokerKeys) => boolean,
  warnings: string[],
): BrokerValues {
  const hasLogDirs = isSet('log.dirs') || isSet('log.dir')
  const isWanted = isSet('storage.tiers.first.paths') || !hasLogDirs
  if (values.logChannelType !== 'pmem' || !isWanted) return values
  const paths = values.storageTiersFirstPaths
  if (hasLogDirs) {
    const where = paths.join(', ')
    warnings.push(`log.dirs counts for nothing: with log.channel.type=pmem all lies in ${where}`)
  }
  return { ...values, logDirs: paths }
}

function resolveLogDirs(
  values: BrokerValues,
  tiers: readonly TierOptions[],
  problems: string[],
): readonly string[] {
  const written = values.logDirs ?? values.logDir
  const dirs = written.map(absoluteIn('log.dirs', problems))
  if (dirs.length === 0) problems.push('log.dirs: names no folder')
  const twice = dirs.find((dir, at) => dirs.indexOf(dir) !== at)
  if (twice !== undefined) problems.push(`log.dirs: ${twice} is there twice`)
  const ofTiers = tiers.flatMap(({ paths }) => paths.map(({ path }) => path))
  return [...ofTiers, ...dirs.filter((dir) => !ofTiers.includes(dir))]
}

/** Makes paths of a key absolute. */
function absoluteIn(key: string, problems: string[]): (path: string) => string {
  return (path) => {
    try {
      return resolve(path)
    } catch (error) {
      const cause = errnoOf(error) ?? String(error)
      problems.push(
        `${key}: ${path} is relative, and the working directory is not there any more (${cause})`,
      )
      return path
    }
  }
}

function resolveRequestMemory(values: BrokerValues, problems: string[]): number {
  const { queuedMaxRequestBytes: queued, socketRequestMaxBytes: largest } = values
  if (queued <= 0) return 2 * largest
  if (queued < largest) {
    problems.push(
      `queued.max.request.bytes: ${queued} is less than socket.request.max.bytes, ${largest}`,
    )
  }
  return queued
}

function checkRanges(values: BrokerValues, problems: string[]): void {
  if (values.groupMinSessionTimeoutMs > values.groupMaxSessionTimeoutMs) {
    problems.push('group.min.session.timeout.ms: is more than group.max.session.timeout.ms')
  }
  if (values.logCleanerMinCompactionLagMs > values.logCleanerMaxCompactionLagMs) {
    problems.push(
      'log.cleaner.min.compaction.lag.ms: is more than log.cleaner.max.compaction.lag.ms',
    )
  }
  const leastBytes = topicKeys['segment.bytes'].min // Kafka cannot make the topic either
  const internal = [
    ['offsets.topic.segment.bytes', values.offsetsTopicSegmentBytes],
    ['transaction.state.log.segment.bytes', values.transactionStateLogSegmentBytes],
  ] as const
  for (const [key, bytes] of internal) {
    if (bytes >= leastBytes) continue
    problems.push(`${key}: is less than ${leastBytes}, the least that a topic may have`)
  }
  if (values.clusterId !== null && !CLUSTER_ID.test(values.clusterId)) {
    problems.push('cluster.id: should be 22 characters of base64url')
  }
}
