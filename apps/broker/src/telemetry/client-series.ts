import { type Attribute, type MetricPoint, type PushedMetrics } from './otlp-metrics.ts'

/** Who pushed, as every series of it says. */
export interface SeriesOwner {
  readonly instanceId: string
  readonly clientId: string
  /** What else is known of it, told once and not with every series. */
  readonly about: readonly Attribute[]
}

interface Series {
  readonly family: string
  /** With its braces. */
  readonly labels: string
  value: number
  expiresMs: number
}

interface Client {
  info: string
  expiresMs: number
  readonly series: Map<string, Series>
}

interface Family {
  readonly kind: MetricPoint['kind']
  count: number
}

/** Names that Kafka's clients use: they are those of nothing else here. */
const KAFKA_PREFIX = 'org.apache.kafka.'
const OTHER_PREFIX = 'client_'
/** What is longer is no label that anybody reads, and would be kept for each series. */
const MOST_LABELS_LENGTH = 1000
const INFO = 'pafka_client_info'
const INSTANCE_ID = 'client_instance_id'
const CLIENT_ID = 'client_id'

/**
 * The numbers that clients pushed last, for Prometheus. However many clients there are, and
 * whatever they say, there are never more than `maxSeries`; what is not pushed again goes.
 */
export class ClientSeries {
  readonly #maxSeries: number
  readonly #clients = new Map<string, Client>()
  readonly #families = new Map<string, Family>()
  #count = 0
  #droppedPoints = 0

  constructor(maxSeries: number) {
    this.#maxSeries = maxSeries
  }

  get count(): number {
    return this.#count
  }

  /** Points so far for which there was no room, or that contradict what a metric is. */
  get droppedPoints(): number {
    return this.#droppedPoints
  }

  /** @param expiresMs when the series go, unless they are pushed again */
  take(
    owner: SeriesOwner,
    { points, resource, skippedPoints }: PushedMetrics,
    expiresMs: number,
  ): void {
    this.#droppedPoints += skippedPoints
    const client = this.#clientOf(owner, resource, expiresMs)
    for (const point of points) {
      if (client === undefined || !this.#takePoint(client, owner, point, expiresMs)) {
        this.#droppedPoints += 1
      }
    }
  }

  /** Forgets what was not pushed again in time. */
  expire(nowMs: number): void {
    for (const [id, client] of this.#clients) {
      for (const [key, series] of client.series) {
        if (series.expiresMs > nowMs) continue
        client.series.delete(key)
        this.#leave(series.family)
      }
      if (client.expiresMs > nowMs || client.series.size > 0) continue
      this.#clients.delete(id)
      this.#leave(INFO)
    }
  }

  /** All of them in Prometheus' text format 0.0.4, each metric in one piece. */
  text(): string {
    const lines = new Map<string, string[]>()
    for (const [name, { kind }] of this.#families) lines.set(name, [`# TYPE ${name} ${kind}`])
    for (const { info, series } of this.#clients.values()) {
      lines.get(INFO)?.push(`${INFO}${info} 1`)
      for (const { family, labels, value } of series.values()) {
        lines.get(family)?.push(`${family}${labels} ${numberText(value)}`)
      }
    }
    return [...lines.values()].map((family) => `${family.join('\n')}\n`).join('')
  }

  #clientOf(
    owner: SeriesOwner,
    resource: readonly Attribute[],
    expiresMs: number,
  ): Client | undefined {
    const told = labelsText(owner, [...owner.about, ...resource])
    const info = told.length > MOST_LABELS_LENGTH ? labelsText(owner, owner.about) : told
    const known = this.#clients.get(owner.instanceId)
    if (known !== undefined) {
      known.info = info
      known.expiresMs = expiresMs
      return known
    }
    if (!this.#enter(INFO, 'gauge')) return undefined
    const client: Client = { info, expiresMs, series: new Map() }
    this.#clients.set(owner.instanceId, client)
    return client
  }

  #takePoint(
    { series }: Client,
    owner: SeriesOwner,
    { name, kind, attributes, isDelta, value }: MetricPoint,
    expiresMs: number,
  ): boolean {
    const family = familyName(name, kind)
    const labels = labelsText(owner, attributes)
    if (labels.length > MOST_LABELS_LENGTH) return false
    const key = `${family}${labels}`
    const known = series.get(key)
    if (known === undefined) {
      if (!this.#enter(family, kind)) return false
      series.set(key, { family, labels, value, expiresMs })
      return true
    }
    if (this.#families.get(family)?.kind !== kind) return false
    known.value = isDelta ? known.value + value : value
    known.expiresMs = expiresMs
    return true
  }

  /** @returns false where there is no room, or a metric of the name is of another kind. */
  #enter(name: string, kind: Family['kind']): boolean {
    if (this.#count >= this.#maxSeries) return false
    const family = this.#families.get(name) ?? { kind, count: 0 }
    if (family.kind !== kind) return false
    this.#families.set(name, family)
    family.count += 1
    this.#count += 1
    return true
  }

  #leave(name: string): void {
    const family = this.#families.get(name)
    if (family === undefined) return
    family.count -= 1
    this.#count -= 1
    if (family.count === 0) this.#families.delete(name)
  }
}

/** As OpenTelemetry's exporter has it: `_` for what Prometheus has not, counters end alike. */
function familyName(name: string, kind: MetricPoint['kind']): string {
  const plain = name.replace(/[^a-zA-Z0-9_]/g, '_')
  const own = name.startsWith(KAFKA_PREFIX) ? plain : `${OTHER_PREFIX}${plain}`
  return kind === 'counter' && !own.endsWith('_total') ? `${own}_total` : own
}

/** The owner's own words count; of two attributes that become one label the first does. */
function labelsText(
  { instanceId, clientId }: SeriesOwner,
  attributes: readonly Attribute[],
): string {
  const labels = new Map([
    [INSTANCE_ID, instanceId],
    [CLIENT_ID, clientId],
  ])
  for (const [name, value] of attributes) {
    const label = labelName(name)
    if (!labels.has(label)) labels.set(label, value)
  }
  return `{${Array.from(labels, ([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`
}

/** Names that begin with two `_` are Prometheus' own. */
function labelName(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9_]/g, '_')
  return /^[a-zA-Z]/.test(plain) ? plain : `label_${plain}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
