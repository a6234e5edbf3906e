import { SECOND_MS } from '@pafka/base'
import type { LogStore, TierPath } from '@pafka/log'
import type { TierFigures } from '@pafka/migrator'

import type { TierMigration } from '../tiers/tier-migration.ts'
import type { MetricsRegistry } from './metrics-registry.ts'
import { tierState } from './tier-state.ts'

/** Lets tiers, and what is moved between them, be seen; without tiers there is nothing. */
export function addTierMetrics(
  metrics: MetricsRegistry,
  logs: LogStore,
  migration: TierMigration | undefined,
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
  addWholeTiers(metrics, tiers, migration)
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
  metrics.gauges(
    'pafka_tiers_state',
    'What is done with a tier: 0 nothing, 1 it is drained, 2 it is filled from slower ones, ' +
      '3 it takes no more, 4 it is to be drained, and nothing may leave yet.',
    'tier',
    () => {
      const refusing = tiers.paths().filter(({ id }) => migration?.isRefusing(id) === true)
      const full = new Set(refusing.map(({ tier }) => tiers.names[tier]))
      return figures((tier) => tierState(tier, full.has(tier.name)))
    },
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
