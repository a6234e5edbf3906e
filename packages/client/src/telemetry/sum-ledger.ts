import type { MetricPoint } from './otlp-metrics.ts'

/** What was pushed of sums, for brokers that want to know what came since. */
export class SumLedger {
  readonly #pushed = new Map<string, number>()

  /** Sums as what came since they were pushed. */
  since(points: readonly MetricPoint[]): MetricPoint[] {
    return points.map((point) => {
      if (point.kind !== 'sum') return point
      return { ...point, value: point.value - (this.#pushed.get(point.name) ?? 0) }
    })
  }

  /** A broker has them, as they were before `since`. What it has not is pushed the next time. */
  pushed(points: readonly MetricPoint[]): void {
    for (const { kind, name, value } of points) if (kind === 'sum') this.#pushed.set(name, value)
  }

  /** From now on they are counted from the beginning again. */
  clear(): void {
    this.#pushed.clear()
  }
}
