import { BucketCounts, DURATION_BOUNDS } from '@pafka/base'
import { Counter, Gauge, type Metric, Registry } from '@prometheus-io/client'

/** Histograms of one name, told apart by one label. */
export interface HistogramFamily {
  /** Of one value of the label; made when it is first asked for, so keep it. */
  of(value: string): BucketCounts
}

/** One line of a histogram as the library writes it. */
interface Sample {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/**
 * The metrics of one broker. What is counted anyway is read when somebody asks for it: a gauge or a
 * counter is a line, and costs nothing until then.
 */
export class MetricsRegistry {
  readonly #registry = new Registry()
  readonly #lines: (() => string)[] = []

  /** A value that goes up and down. @param name with its unit last: `pafka_journal_used_bytes`. */
  gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(read()),
    })
  }

  /** As `gauge`, for several values told apart by one label. */
  gauges(name: string, help: string, label: string, read: () => Iterable<[string, number]>): void {
    const gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect: () => {
        gauge.reset()
        for (const [value, number] of read()) gauge.set({ [label]: value }, number)
      },
    })
  }

  /** A value that only goes up. @param name ends in `_total`. */
  counter(name: string, help: string, read: () => number): void {
    const counter = new Counter({
      name,
      help,
      registers: [this.#registry],
      collect: () => {
        counter.reset()
        counter.inc(read())
      },
    })
  }

  /** As `counter`, for several values told apart by one label. */
  counters(
    name: string,
    help: string,
    label: string,
    read: () => Iterable<[string, number]>,
  ): void {
    const counter = new Counter({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect: () => {
        counter.reset()
        for (const [value, number] of read()) counter.inc({ [label]: value }, number)
      },
    })
  }

  /** As `counters`, told apart by several labels: their values are in the order of `labels`. */
  countersBy(
    { name, help, labels }: { name: string; help: string; labels: readonly string[] },
    read: () => Iterable<readonly [readonly string[], number]>,
  ): void {
    const counter = new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
      collect: () => {
        counter.reset()
        for (const [values, number] of read()) {
          counter.inc(Object.fromEntries(labels.map((one, at) => [one, values[at] ?? ''])), number)
        }
      },
    })
  }

  /** @param bounds the largest value of each bucket, in the unit that the name ends in. */
  histogram(name: string, help: string, bounds: readonly number[] = DURATION_BOUNDS): BucketCounts {
    const counts = new BucketCounts(bounds)
    this.histogramOf(name, help, counts)
    return counts
  }

  /** As `histogram`, of what somebody else counts. */
  histogramOf(name: string, help: string, counts: BucketCounts): void {
    this.#register(name, help, () => samplesOf(name, {}, counts))
  }

  /** One histogram of durations in seconds per value of `label`. */
  histograms(name: string, help: string, label: string): HistogramFamily {
    const family = new Map<string, BucketCounts>()
    this.#register(name, help, () =>
      [...family].flatMap(([value, counts]) => samplesOf(name, { [label]: value }, counts)),
    )
    return {
      of(value) {
        const counts = family.get(value) ?? new BucketCounts(DURATION_BOUNDS)
        family.set(value, counts)
        return counts
      },
    }
  }

  /** Lines of metrics that the library does not know. @param text in Prometheus' format 0.0.4 */
  lines(text: () => string): void {
    this.#lines.push(text)
  }

  /** All of them together with those of `others`, in Prometheus' text format 0.0.4. */
  async text(others: Registry): Promise<string> {
    const own = await Registry.merge([this.#registry, others]).metrics()
    return own + this.#lines.map((text) => text()).join('')
  }

  #register(name: string, help: string, samples: () => Sample[]): void {
    const get = async (): Promise<object> => {
      return { name, help, type: 'histogram', aggregator: 'sum', values: samples() }
    }
    // The library asks its metrics for no more than this, but its type lists its own classes.
    this.#registry.registerMetric({ name, help, type: 'histogram', get } as unknown as Metric)
  }
}

function samplesOf(name: string, labels: Sample['labels'], counts: BucketCounts): Sample[] {
  const cumulative = counts.cumulative()
  const buckets = cumulative.map((value, at) => {
    const le = counts.bounds[at] ?? '+Inf'
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: counts.sum },
    { metricName: `${name}_count`, labels, value: cumulative.at(-1) ?? 0 },
  ]
}
