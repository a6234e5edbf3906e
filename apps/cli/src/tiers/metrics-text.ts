/** One value of a metric. */
export interface MetricSample {
  /** Of its labels, by name. */
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** Prometheus' text format 0.0.4, by the names of metrics. What is no sample is passed over. */
export function parseMetrics(text: string): Map<string, MetricSample[]> {
  const found = new Map<string, MetricSample[]>()
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = LINE.exec(line) ?? []
    if (name === undefined || value === undefined) continue
    const samples = found.get(name) ?? []
    found.set(name, samples)
    samples.push({ labels: labelsOf(labels), value: Number(value) })
  }
  return found
}

function labelsOf(text: string): Map<string, string> {
  const labels = new Map<string, string>()
  for (const [, name = '', value = ''] of text.matchAll(LABEL)) {
    labels.set(
      name,
      value.replaceAll(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one)),
    )
  }
  return labels
}
