import type { ClientMetrics } from '@pafka/client'

const HEAD = '\nMetric Name'
const DIGITS = 3

/**
 * What clients counted, with the layout that Kafka's tools have for their `--print-metrics`; the
 * names are this client's.
 * @param all of each client
 */
export function metricsLines(all: readonly ClientMetrics[]): string {
  const rows = all.flatMap((metrics, client) =>
    flat(metrics).map(({ name, value }) => [`${name}:{client=${client}}`, value] as const),
  )
  const width = Math.max(HEAD.length, ...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `${name.padEnd(width)} : ${value.toFixed(DIGITS)}\n`)
  return `${HEAD.padEnd(width + 1)}   Value\n${lines.join('')}`
}

export function metricsJsonLine(all: readonly ClientMetrics[]): string {
  return `${JSON.stringify({ what: 'metrics', clients: all })}\n`
}

/** Numbers, by the names that lead to them. */
function flat(value: unknown, names: readonly string[] = []): { name: string; value: number }[] {
  if (typeof value === 'number') return [{ name: names.join(':'), value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, one]) => flat(one, [...names, name]))
}
