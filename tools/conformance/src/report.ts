import { scenarioNames } from './clients.ts'
import type { Result } from './suite.ts'

/** Clients down, scenarios across; a dash where a client does not take part. */
export function table(results: readonly Result[]): string {
  const columns = scenarioNames.filter((name) => results.some(({ scenario }) => scenario === name))
  const names = [...new Set(results.map(({ client }) => client))]
  const cells = names.map((name) => [
    name,
    ...columns.map((column) =>
      cell(results.find(({ client, scenario }) => client === name && scenario === column)),
    ),
  ])
  const rows = [['client', ...columns], ...cells]
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  return rows
    .map((row) => row.map((text, at) => text.padEnd(widths[at] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

function cell(result: Result | undefined): string {
  if (result === undefined) return '-'
  if (result.outcome === 'left out') return 'left out'
  const word = result.outcome === 'passed' ? 'pass' : 'FAIL'
  return `${word} ${(result.milliseconds / 1000).toFixed(1)} s`
}

export function failures(results: readonly Result[]): string {
  return results
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ client, scenario, reason }) => `FAILED ${client} ${scenario}: ${reason ?? ''}`)
    .join('\n\n')
}

/** The last line of a run. */
export function summary(results: readonly Result[]): string {
  const outcomes = ['passed', 'failed', 'left out'] as const
  const counts = outcomes.map(
    (wanted) => `${results.filter(({ outcome }) => outcome === wanted).length} ${wanted}`,
  )
  return `conformance: ${counts.join(', ')}`
}
