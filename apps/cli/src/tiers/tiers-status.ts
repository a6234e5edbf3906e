import { type MetricSample, parseMetrics } from './metrics-text.ts'

export type TierState =
  | 'at rest'
  | 'draining'
  | 'filling'
  | 'full: takes no more'
  | 'above its threshold: nothing may leave yet'

export interface TierPathStatus {
  readonly path: string
  readonly usedBytes: number
  readonly capacityBytes: number
  /** False for one that failed or was lost. */
  readonly isOnline: boolean
}

export interface TierStatus {
  readonly tier: string
  /** Of all its paths that are online. */
  readonly usedBytes: number
  readonly freeBytes: number
  /** Bytes that are to leave it. */
  readonly excessBytes: number
  readonly state: TierState
}

export interface TiersStatus {
  /** Fastest first; empty of a broker that does not tell. */
  readonly tiers: readonly TierStatus[]
  /** Fastest first. */
  readonly paths: readonly TierPathStatus[]
  readonly moved: readonly { readonly tiers: string; readonly bytes: number }[]
  readonly underWay: number
  readonly failures: number
  /** Bytes that are to be moved. */
  readonly excessBytes: number
  /** For producers, of all reasons: slowed above 0.5, held at 1. */
  readonly pressure: number
  /** What the migrator did so far. */
  readonly seconds: readonly { readonly state: string; readonly seconds: number }[]
}

/** What the metrics of a broker say of its tiers; undefined when it has none. */
export function tiersStatus(text: string): TiersStatus | undefined {
  const metrics = parseMetrics(text)
  const of = (name: string): readonly MetricSample[] => metrics.get(name) ?? []
  const one = (name: string): number => of(name)[0]?.value ?? 0
  const used = new Map(of('pafka_tier_used_bytes').map((sample) => [label(sample, 'path'), sample]))
  const down = of('pafka_tier_online').filter(({ value }) => value === 0)
  const offline = new Set(down.map((sample) => label(sample, 'path')))
  const paths = of('pafka_tier_capacity_bytes').map((sample) => {
    const path = label(sample, 'path')
    const usedBytes = used.get(path)?.value ?? 0
    return { path, usedBytes, capacityBytes: sample.value, isOnline: !offline.has(path) }
  })
  if (paths.length === 0) return undefined
  return {
    tiers: wholeTiers(metrics),
    paths,
    moved: of('pafka_migrated_bytes_total').map((sample) => ({
      tiers: label(sample, 'tiers'),
      bytes: sample.value,
    })),
    underWay: one('pafka_migrations_under_way'),
    failures: one('pafka_migration_failures_total'),
    excessBytes: one('pafka_migration_excess_bytes'),
    pressure: Math.max(one('pafka_tier_pressure'), one('pafka_storage_pressure')),
    seconds: of('pafka_migration_seconds_total').map((sample) => ({
      state: label(sample, 'state'),
      seconds: sample.value,
    })),
  }
}

/** By the numbers of the metric. */
const STATES: readonly TierState[] = [
  'at rest',
  'draining',
  'filling',
  'full: takes no more',
  'above its threshold: nothing may leave yet',
]

function wholeTiers(metrics: ReadonlyMap<string, readonly MetricSample[]>): TierStatus[] {
  return (metrics.get('pafka_tiers_used_bytes') ?? []).map((used) => {
    const tier = label(used, 'tier')
    const of = (name: string): number =>
      metrics.get(name)?.find((sample) => label(sample, 'tier') === tier)?.value ?? 0
    return {
      ...{ tier, usedBytes: used.value, freeBytes: of('pafka_tiers_free_bytes') },
      excessBytes: of('pafka_tiers_excess_bytes'),
      state: STATES[of('pafka_tiers_state')] ?? 'at rest',
    }
  })
}

function label({ labels }: MetricSample, name: string): string {
  return labels.get(name) ?? ''
}
