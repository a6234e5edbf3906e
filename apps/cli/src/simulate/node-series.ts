/** What is kept of a simulation, summed over the seconds of each bucket of time. */
export const FIELDS = [
  'seconds',
  /** Bytes that producers had, and those that were taken of them. */
  'offered',
  'produced',
  /** Of these, bytes that did not begin on the fastest tier. */
  'spilled',
  /** Bytes that readers got, by where they were, and those they had to wait for. */
  'fromMemory',
  'fromFast',
  'fromSlow',
  'lateReads',
  'moved',
  /** Shares and bytes, times seconds. */
  'fastFill',
  'backlog',
  /** Deleted, and not gone yet. */
  'retiring',
  'queued',
  'pressure',
  /** Seconds in which producers were slowed, held, and told that no tier has room. */
  'slowed',
  'held',
  'refused',
] as const

export type Field = (typeof FIELDS)[number]

/** One row of numbers for each bucket of time; nodes add theirs to it. */
export class NodeSeries {
  readonly buckets: number
  readonly #values: Readonly<Record<Field, Float64Array>>

  constructor(buckets: number) {
    this.buckets = buckets
    const columns = FIELDS.map((field) => [field, new Float64Array(buckets)] as const)
    this.#values = Object.fromEntries(columns) as Record<Field, Float64Array>
  }

  add(bucket: number, field: Field, value: number): void {
    const column = this.#values[field]
    column[bucket] = (column[bucket] ?? 0) + value
  }

  addAll(other: NodeSeries, weight: number): void {
    for (const field of FIELDS) {
      for (let bucket = 0; bucket < this.buckets; bucket++) {
        this.add(bucket, field, other.at(bucket, field) * weight)
      }
    }
  }

  at(bucket: number, field: Field): number {
    return this.#values[field][bucket] ?? 0
  }

  total(field: Field): number {
    return this.#values[field].reduce((sum, value) => sum + value, 0)
  }

  /** Of the values of a second. */
  most(field: Field): number {
    let most = 0
    for (let bucket = 0; bucket < this.buckets; bucket++) {
      const seconds = this.at(bucket, 'seconds')
      if (seconds > 0) most = Math.max(most, this.at(bucket, field) / seconds)
    }
    return most
  }
}
