import { crc32 } from 'node:zlib'

import {
  type ClientAttributes,
  type ClientMatch,
  isMatch,
  parseClientMatch,
} from '../config/client-match.ts'
import { clientMetricsValues } from '../config/client-metrics-configs.ts'
import type { ConfigTexts } from '../config/dynamic-configs.ts'

/** All metrics, as a prefix. */
const ALL = '*'
const NO_CONFIGS: ConfigTexts = new Map()

/** Whose metrics are wanted, which, and how often. */
export interface Subscription {
  readonly match: ClientMatch
  readonly metrics: readonly string[]
  readonly intervalMs: number
}

/** What one client is to push. */
export interface TelemetryPlan {
  /** Changes with what is to be pushed, so that a push of something else is noticed. */
  readonly subscriptionId: number
  /** Prefixes of names; none: nothing is wanted. */
  readonly metrics: readonly string[]
  readonly pushIntervalMs: number
}

/** @param all configs by name; one whose patterns cannot be read means nobody. */
export async function readSubscriptions(
  all: ReadonlyMap<string, ConfigTexts>,
): Promise<Subscription[]> {
  const subscriptions: Subscription[] = []
  for (const configs of all.values()) {
    const { match: patterns, metrics, intervalMs } = clientMetricsValues(configs)
    const match = await parseClientMatch(patterns)
    if (!('problem' in match)) subscriptions.push({ match, metrics, intervalMs })
  }
  return subscriptions
}

/** All that any subscription wants of a client, as often as the most eager one does. */
export function planFor(
  subscriptions: readonly Subscription[],
  client: ClientAttributes,
): TelemetryPlan {
  const own = subscriptions.filter(({ match }) => isMatch(match, client))
  const prefixes = new Set(own.flatMap(({ metrics }) => metrics))
  const metrics = prefixes.has(ALL) ? [ALL] : [...prefixes].toSorted()
  const intervals = own.map(({ intervalMs }) => intervalMs)
  const pushIntervalMs =
    intervals.length > 0 ? Math.min(...intervals) : clientMetricsValues(NO_CONFIGS).intervalMs
  const said = `${metrics.join(',')}/${pushIntervalMs}/${client.client_instance_id}`
  return { subscriptionId: crc32(said) | 0, metrics, pushIntervalMs }
}
