import { SECOND_MS } from '@pafka/base'

import type { ClientQuotas } from '../quotas/client-quotas.ts'
import type { QuotaFigures } from '../quotas/quota-figures.ts'
import type { QuotaStore } from '../quotas/quota-store.ts'
import type { MetricsRegistry } from './metrics-registry.ts'

/** By the kind of quota only: there may be any number of clients. */
export function addQuotaMetrics(
  metrics: MetricsRegistry,
  quotas: ClientQuotas,
  store: QuotaStore,
): void {
  const each = (read: (figures: QuotaFigures) => number): [string, number][] =>
    quotas.figures().map(([kind, figures]) => [kind, read(figures)])
  metrics.counters(
    'pafka_quota_throttles_total',
    'Times that a client was told to wait, by the kind of quota that it was over.',
    'quota',
    () => each(({ throttles }) => throttles),
  )
  metrics.counters(
    'pafka_quota_throttle_seconds_total',
    'For how long clients were told to wait, all together.',
    'quota',
    () => each(({ throttledMs }) => throttledMs / SECOND_MS),
  )
  metrics.gauges(
    'pafka_quota_clients',
    'Users, client ids, pairs of them, or addresses with a quota whose use is known.',
    'quota',
    () => each(({ sensors }) => sensors),
  )
  metrics.gauge(
    'pafka_quota_entities',
    'Users, client ids, pairs of them and addresses that quotas are set for, defaults included.',
    () => store.size,
  )
}
