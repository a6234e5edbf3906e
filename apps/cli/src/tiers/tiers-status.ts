import { type MetricSample, parseMetrics } from './metrics-text.ts'

export type TierState =
  | 'at rest'
  | 'draining'
  | 'filling'
  | 'full: takes no more'
  | 'above its threshold: nothing there may leave'
  | 'offline'

/** What those meet who append to a path. */
export type PathState = 'taking' | 'slowing' | 'holding' | 'refusing' | 'offline'

/** Since the broker began. */
export interface StateSeconds {
  /** As the metric names it. */
  readonly state: string
  readonly seconds: number
}

export interface TierPathStatus {
  readonly path: string
  readonly usedBytes: number
  readonly capacityBytes: number
  /** False for one that failed or was lost. */
  readonly isOnline: boolean
  readonly state: PathState
  /** For producers: slowed above 0.5, held at 1. */
  readonly pressure: number
  readonly seconds: readonly StateSeconds[]
}

export interface TierStatus {
  readonly tier: string
  /** Of all its paths that are online. */
  readonly usedBytes: number
  readonly freeBytes: number
  /** Bytes that are to leave it. */
  readonly excessBytes: number
  readonly state: TierState
  /** For producers, the most of its paths: slowed above 0.5, held at 1. */
  readonly pressure: number
  readonly seconds: readonly StateSeconds[]
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
  readonly seconds: readonly StateSeconds[]
}

/** What the metrics of a broker say of its tiers, or of its persistent memory; else undefined. */
export function tiersStatus(text: string): TiersStatus | undefined {
  const metrics = parseMetrics(text)
  const of = (name: string): readonly MetricSample[] => metrics.get(name) ?? []
  const one = (name: string): number => of(name)[0]?.value ?? 0
  const ofTiers = tierPaths(metrics)
  const paths = ofTiers.length > 0 ? ofTiers : memoryPaths(metrics)
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
    seconds: secondsOf(of('pafka_migration_seconds_total')),
  }
}

type Metrics = ReadonlyMap<string, readonly MetricSample[]>

function tierPaths(metrics: Metrics): TierPathStatus[] {
  return (metrics.get('pafka_tier_capacity_bytes') ?? []).map((sample) => {
    const path = label(sample, 'path')
    const usedBytes = valueOf(metrics, 'pafka_tier_used_bytes', { path }) ?? 0
    const isOnline = valueOf(metrics, 'pafka_tier_online', { path }) !== 0
    return { path, usedBytes, capacityBytes: sample.value, isOnline, ...stateOf(metrics, path) }
  })
}

/** All on persistent memory: each log dir there is what a tier's path is elsewhere. */
function memoryPaths(metrics: Metrics): TierPathStatus[] {
  return (metrics.get('pafka_memory_used_bytes') ?? []).map((sample) => {
    const path = label(sample, 'path')
    const freeBytes = Math.max(0, valueOf(metrics, 'pafka_memory_free_bytes', { path }) ?? 0)
    const found = stateOf(metrics, path)
    const capacityBytes = sample.value + freeBytes
    const isOnline = found.state !== 'offline'
    return { path, usedBytes: sample.value, capacityBytes, isOnline, ...found }
  })
}

const PATH_STATES: readonly PathState[] = ['taking', 'slowing', 'holding', 'refusing', 'offline']

function stateOf(
  metrics: Metrics,
  path: string,
): Pick<TierPathStatus, 'state' | 'pressure' | 'seconds'> {
  const own = (metrics.get('pafka_log_dir_seconds_total') ?? []).filter(
    (sample) => label(sample, 'path') === path,
  )
  return {
    state: PATH_STATES[valueOf(metrics, 'pafka_log_dir_state', { path }) ?? 0] ?? 'taking',
    pressure: valueOf(metrics, 'pafka_log_dir_pressure', { path }) ?? 0,
    seconds: secondsOf(own),
  }
}

function secondsOf(samples: readonly MetricSample[]): StateSeconds[] {
  return samples.map((sample) => ({ state: label(sample, 'state'), seconds: sample.value }))
}

/** Of the first sample with that label. */
function valueOf(
  metrics: Metrics,
  name: string,
  wanted: { readonly path: string } | { readonly tier: string },
): number | undefined {
  const [[key, value] = ['', '']] = Object.entries<string>(wanted)
  return metrics.get(name)?.find((sample) => label(sample, key) === value)?.value
}

/** By the numbers of the metric. */
const STATES: readonly TierState[] = [
  'at rest',
  'draining',
  'filling',
  'full: takes no more',
  'above its threshold: nothing there may leave',
  'offline',
]

function wholeTiers(metrics: Metrics): TierStatus[] {
  return (metrics.get('pafka_tiers_used_bytes') ?? []).map((used) => {
    const tier = label(used, 'tier')
    const of = (name: string): number => valueOf(metrics, name, { tier }) ?? 0
    const times = metrics.get('pafka_tiers_seconds_total') ?? []
    return {
      ...{ tier, usedBytes: used.value, freeBytes: of('pafka_tiers_free_bytes') },
      excessBytes: of('pafka_tiers_excess_bytes'),
      state: STATES[of('pafka_tiers_state')] ?? 'at rest',
      pressure: of('pafka_tiers_pressure'),
      seconds: secondsOf(times.filter((sample) => label(sample, 'tier') === tier)),
    }
  })
}

function label({ labels }: MetricSample, name: string): string {
  return labels.get(name) ?? ''
}
