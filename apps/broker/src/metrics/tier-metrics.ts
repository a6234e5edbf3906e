import { SECOND_MS } from '@pafka/base'
import type { LogStore, TierPath } from '@pafka/log'
import type { TierFigures } from '@pafka/migrator'

import type { TierMigration } from '../tiers/tier-migration.ts'
import type { MetricsRegistry } from './metrics-registry.ts'
import type { StorageStates } from './storage-states.ts'
import { LOG_DIR_STATES } from './log-dir-state.ts'
import { TIER_STATES } from './tier-state.ts'

export interface TierMetricsParts {
  readonly logs: LogStore
  readonly migration: TierMigration | undefined
  readonly states: StorageStates
}

/** Lets tiers, and what is moved between them, be seen; without tiers there is nothing. */
export function addTierMetrics(
  metrics: MetricsRegistry,
  { logs, migration, states }: TierMetricsParts,
): void {
  const { tiers } = logs
  metrics.gauges(
    'pafka_memory_used_bytes',
    'Bytes of records in a log dir on persistent memory.',
    'path',
    () => logs.mappedSpace().map(({ path, usedBytes }) => [path, usedBytes]),
  )
  metrics.gauges(
    'pafka_memory_free_bytes',
    'Bytes that such a log dir still takes, when they were last looked at.',
    'path',
    () => logs.mappedSpace().map(({ path, freeBytes }) => [path, freeBytes]),
  )
  metrics.gauges('pafka_tier_used_bytes', 'Bytes of records on a path of a tier.', 'path', () =>
    tiers.paths().map(({ path, usedBytes }) => [path, usedBytes]),
  )
  metrics.gauges(
    'pafka_tier_capacity_bytes',
    'Bytes that records may take on a path of a tier.',
    'path',
    () => tiers.paths().map(({ path, capacityBytes }) => [path, capacityBytes]),
  )
  metrics.gauges(
    'pafka_tier_online',
    'Whether a path of a tier is served: 0 from when it failed or was lost until a start finds it.',
    'path',
    () => tiers.paths().map(({ path, isOnline }) => [path, isOnline ? 1 : 0]),
  )
  metrics.gauge(
    'pafka_tier_pressure',
    'How full the fastest tier is, for producers: slowed above 0.5, held at 1.',
    () => migration?.pressure ?? 0,
  )
  addDirStates(metrics, states)
  addWholeTiers(metrics, tiers, migration)
  addTierStates(metrics, states)
  addMoveMetrics(metrics, migration)
}

/** Of each tier, what its online paths have together, and what is done with it. */
function addWholeTiers(
  metrics: MetricsRegistry,
  tiers: LogStore['tiers'],
  migration: TierMigration | undefined,
): void {
  const sums = (bytesOf: (path: TierPath) => number): [string, number][] => {
    const online = tiers.paths().filter(({ isOnline }) => isOnline)
    return tiers.names.map((name, at) => {
      const own = online.filter(({ tier }) => tier === at)
      return [name.toLowerCase(), own.reduce((sum, path) => sum + bytesOf(path), 0)]
    })
  }
  const figures = (of: (tier: TierFigures) => number): [string, number][] =>
    (migration?.figures.tiers ?? []).map((tier) => [tier.name.toLowerCase(), of(tier)])
  metrics.gauges(
    'pafka_tiers_used_bytes',
    'Bytes of records in a tier, of all its paths.',
    'tier',
    () => sums(({ usedBytes }) => usedBytes),
  )
  metrics.gauges('pafka_tiers_free_bytes', 'Bytes that a tier still takes.', 'tier', () =>
    sums(({ usedBytes, capacityBytes }) => Math.max(0, capacityBytes - usedBytes)),
  )
  metrics.gauges('pafka_tiers_excess_bytes', 'Bytes that are to leave a tier.', 'tier', () =>
    figures(({ excessBytes }) => excessBytes),
  )
}

function addTierStates(metrics: MetricsRegistry, states: StorageStates): void {
  metrics.gauges(
    'pafka_tiers_state',
    'What is done with a tier: 0 nothing, 1 it is drained, 2 it is filled from slower ones, ' +
      '3 it takes no more, 4 it is to be drained, and nothing may leave yet, 5 it is offline.',
    'tier',
    () => states.tiers().map(({ name, state }) => [name, TIER_STATES.indexOf(state)]),
  )
  metrics.gauges(
    'pafka_tiers_pressure',
    'What a tier asks of producers, the most of its paths: they are slowed above 0.5, held at 1.',
    'tier',
    () => states.tiers().map(({ name, pressure }) => [name, pressure]),
  )
  metrics.countersBy(
    {
      name: 'pafka_tiers_seconds_total',
      help: 'Time that a tier was in each state.',
      labels: ['tier', 'state'],
    },
    () => states.tierSeconds(),
  )
}

/** Of each log dir, be it a path of a tier or not: what those meet who append there. */
function addDirStates(metrics: MetricsRegistry, states: StorageStates): void {
  metrics.gauges(
    'pafka_log_dir_state',
    'What a log dir does with appends: 0 takes them, 1 slows producers, 2 holds them, ' +
      '3 refuses, 4 it is offline.',
    'path',
    () => states.dirs().map(({ path, state }) => [path, LOG_DIR_STATES.indexOf(state)]),
  )
  metrics.gauges(
    'pafka_log_dir_pressure',
    'How full a log dir is, for producers: slowed above 0.5, held at 1.',
    'path',
    () => states.dirs().map(({ path, pressure }) => [path, pressure]),
  )
  metrics.countersBy(
    {
      name: 'pafka_log_dir_seconds_total',
      help: 'Time that a log dir was in each state.',
      labels: ['path', 'state'],
    },
    () => states.dirSeconds(),
  )
}

function addMoveMetrics(metrics: MetricsRegistry, migration: TierMigration | undefined): void {
  metrics.counters(
    'pafka_migrated_bytes_total',
    'Bytes of segments that were moved from one tier to another.',
    'tiers',
    () =>
      (migration?.figures.moved ?? []).map(({ from, to, bytes }) => [
        `${from} to ${to}`.toLowerCase(),
        bytes,
      ]),
  )
  metrics.counter(
    'pafka_migration_failures_total',
    'Moves of segments that failed; each is tried again.',
    () => Object.values(migration?.figures.failed ?? {}).reduce((sum, one) => sum + one, 0),
  )
  metrics.gauge(
    'pafka_migrations_under_way',
    'Segments that are being moved.',
    () => migration?.figures.underWay ?? 0,
  )
  metrics.gauge(
    'pafka_migration_excess_bytes',
    'Bytes by which tiers are above their low watermark, and that are to be moved.',
    () => migration?.figures.excessBytes ?? 0,
  )
  metrics.counters(
    'pafka_migration_seconds_total',
    'Time by what the migrator did: nothing, moving, held by its limit, or by producers.',
    'state',
    () =>
      Object.entries(migration?.figures.stateMs ?? {}).map(([state, ms]) => [
        state,
        ms / SECOND_MS,
      ]),
  )
}
