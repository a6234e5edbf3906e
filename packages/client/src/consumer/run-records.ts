import { Checks } from '../options/checks.ts'
import { consumeChannel } from '../watch/channels.ts'
import { tracedHandler } from '../watch/traced-handler.ts'
import type { RunOptions } from './consumer-options.ts'
import type { ConsumerRecord } from './consumer-record.ts'
import type { RunParts } from './run-parts.ts'

/** Records that wait for others of their kind, for each handler that may run. */
const WAITING_FOR_EACH = 16

/**
 * Hands records to a handler, as many at a time as it may have, and as the order has it.
 * @param take the next record; undefined when there is none any more
 * @throws what the handler throws, or `take`, when all that was under way has an end
 */
export async function runRecords<K, V>(
  take: () => Promise<ConsumerRecord<K, V> | undefined>,
  handler: (record: ConsumerRecord<K, V>) => unknown,
  { concurrency = 1, order = 'partition' }: RunOptions,
  parts: RunParts,
): Promise<void> {
  const checks = new Checks()
  checks.number('concurrency', concurrency, 1)
  checks.oneOf('order', order, ['partition', 'key', 'none'])
  checks.done()
  const traced = tracedHandler(handler, parts)
  const run = new Run(traced, { concurrency, order, isAuto: parts.isAuto })
  try {
    while (!run.hasFailed) {
      // oxlint-disable-next-line no-await-in-loop -- the next is taken where there is room for it
      const record = await take()
      if (record === undefined) break
      // oxlint-disable-next-line no-await-in-loop -- this is the wait for room
      await run.add(record)
    }
  } finally {
    await run.ended()
  }
  run.throwFailure()
}

interface RunTerms extends Required<RunOptions>, Pick<RunParts, 'isAuto'> {}

class Run<K, V> {
  readonly #handler: (record: ConsumerRecord<K, V>) => unknown
  readonly #concurrency: number
  readonly #order: RunOptions['order']
  readonly #isAuto: boolean
  /** The last of each line, which the next waits for. */
  readonly #lines = new Map<string, Promise<void>>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #wantTurn: (() => void)[] = []
  #running = 0
  #failure: { readonly cause: unknown } | undefined

  constructor(handler: (record: ConsumerRecord<K, V>) => unknown, terms: RunTerms) {
    this.#handler = handler
    this.#concurrency = terms.concurrency
    this.#order = terms.order
    this.#isAuto = terms.isAuto
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.cause
  }

  /** Ends when there is room for another one. */
  async add(record: ConsumerRecord<K, V>): Promise<void> {
    const line = this.#lineOf(record)
    const before = line === undefined ? undefined : this.#lines.get(line)
    const handling = this.#handle(record, before)
    this.#underWay.add(handling)
    if (line !== undefined) this.#lines.set(line, handling)
    void handling.then(() => {
      this.#underWay.delete(handling)
      if (line !== undefined && this.#lines.get(line) === handling) this.#lines.delete(line)
    })
    const most = this.#concurrency === 1 ? 1 : this.#concurrency * WAITING_FOR_EACH
    // oxlint-disable-next-line no-await-in-loop -- until one has ended
    while (this.#underWay.size >= most) await Promise.race(this.#underWay)
  }

  async ended(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  /** Undefined for one that need not wait for others. */
  #lineOf(record: ConsumerRecord<K, V>): string | undefined {
    if (this.#order === 'none') return undefined
    const place = `${record.partition} ${record.topic}`
    const { keyBytes } = record
    if (this.#order === 'partition' || keyBytes === null) return place
    return `${place} ${Buffer.from(keyBytes).toString('latin1')}`
  }

  async #handle(record: ConsumerRecord<K, V>, before: Promise<void> | undefined): Promise<void> {
    await before
    await this.#turn()
    try {
      // after a failure nothing begins any more
      if (this.#failure === undefined && !record.signal.aborted) {
        await (consumeChannel.hasSubscribers ? this.#traced(record) : this.#handler(record))
        if (this.#isAuto) record.ack()
      }
    } catch (cause) {
      this.#failure ??= { cause }
    } finally {
      this.#running -= 1
      this.#wantTurn.shift()?.()
    }
  }

  #traced(record: ConsumerRecord<K, V>): Promise<unknown> {
    const { topic, partition, offset } = record
    const trace = { topic, partition, offset, record }
    return consumeChannel.tracePromise(async () => this.#handler(record), trace)
  }

  async #turn(): Promise<void> {
    if (this.#running >= this.#concurrency) {
      await new Promise<void>((resolve) => this.#wantTurn.push(resolve))
    }
    this.#running += 1
  }
}
