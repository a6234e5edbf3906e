import { connectionLost } from '../errors/client-errors.ts'
import type { KafkaError } from '../errors/kafka-error.ts'
import { type Backoff, backoffMs } from '../time/backoff.ts'
import { sleep } from '../time/sleep.ts'
import { tellOfConnection } from '../watch/channels.ts'
import { addressText } from './frame-socket.ts'
import { BrokerConnection, type BrokerConnectionOptions } from './broker-connection.ts'

/** As Kafka's clients have it (`reconnect.backoff.ms`). */
const RECONNECT_BACKOFF: Backoff = { leastMs: 50, mostMs: 1000 }

/**
 * What a connection is for. Requests of one lane never wait behind those of another: a fetch that
 * waits for records, a join that waits for members, megabytes of records on their way.
 */
export type Lane = 'control' | 'produce' | OwnLane

/** Of one consumer, which others need not wait for. It ends with it. */
export type OwnLane = `${'fetch' | 'group'}-${number}`

export interface BrokerLinkOptions extends Omit<BrokerConnectionOptions, 'onClose' | 'unwanted'> {
  /** A connection is there. */
  readonly onOpened?: () => void
  /** A connection ended, or could not be made. */
  readonly onLost: (cause: KafkaError) => void
}

/** The connection of a lane, or one to be. */
interface LaneEntry {
  readonly opening: Promise<BrokerConnection>
  /** Aborted when nobody wants it any more. */
  readonly unwanted: AbortController
  /** When it is there. */
  opened?: BrokerConnection
}

/** The connections to one broker, made when they are asked for, one for each lane. */
export class BrokerLink {
  readonly #options: BrokerLinkOptions
  readonly #lanes = new Map<Lane, LaneEntry>()
  #closed: KafkaError | undefined
  #failures = 0
  #nextAttemptMs = -Infinity

  constructor(options: BrokerLinkOptions) {
    this.#options = options
  }

  /** @throws {KafkaError} when it could not be made this time */
  async connection(lane: Lane): Promise<BrokerConnection> {
    let entry = this.#lanes.get(lane)
    if (entry === undefined) {
      const { promise: opening, resolve, reject } = Promise.withResolvers<BrokerConnection>()
      const unwanted = new AbortController()
      // lest it be asked for by whoever it fails: it is closed for good
      if (this.#closed !== undefined) unwanted.abort(this.#closed)
      entry = { opening, unwanted }
      this.#lanes.set(lane, entry)
      this.#open(lane, entry).then(resolve, reject)
    }
    return entry.opening
  }

  /** What is there for requests that are answered at once; undefined when there is nothing. */
  get open(): BrokerConnection | undefined {
    return this.#lanes.get('control')?.opened
  }

  /** Nobody uses it any more; a request under way is given up. */
  closeLane(lane: Lane): void {
    const entry = this.#lanes.get(lane)
    this.#lanes.delete(lane)
    if (entry !== undefined) this.#end(entry)
  }

  /** Ends all of them; requests under way fail with `cause`, as does whatever is asked later. */
  close(cause: KafkaError): void {
    if (this.#closed !== undefined) return
    this.#closed = cause
    for (const entry of [...this.#lanes.values()]) this.#end(entry, cause)
  }

  #end({ unwanted, opening }: LaneEntry, cause?: KafkaError): void {
    const broker = addressText(this.#options.address)
    unwanted.abort(cause ?? connectionLost(broker, 'was closed'))
    opening.then(
      ({ connection }) => connection.close(cause),
      () => {}, // who asked for it is told
    )
  }

  async #open(lane: Lane, entry: LaneEntry): Promise<BrokerConnection> {
    const { clock, random, onLost, onOpened } = this.#options
    const { signal } = entry.unwanted
    const broker = addressText(this.#options.address)
    try {
      const waitMs = this.#nextAttemptMs - clock.monotonicMs()
      if (waitMs > 0) await sleep(clock, waitMs, signal)
      signal.throwIfAborted()
      const opened = await BrokerConnection.open({
        ...this.#options,
        unwanted: signal,
        onClose: (cause) => {
          // unless that was what was wanted
          if (!this.#forget(lane, entry) || signal.aborted) return
          tellOfConnection({ event: 'lost', broker, cause })
          onLost(cause)
        },
      })
      tellOfConnection({ event: 'opened', broker })
      this.#failures = 0
      this.#nextAttemptMs = -Infinity
      entry.opened = opened
      onOpened?.()
      return opened
    } catch (error) {
      this.#forget(lane, entry)
      if (signal.aborted) throw error
      tellOfConnection({ event: 'refused', broker, cause: error })
      this.#failures += 1
      const waitMs = backoffMs(RECONNECT_BACKOFF, this.#failures, random)
      this.#nextAttemptMs = clock.monotonicMs() + waitMs
      throw error
    }
  }

  /** @returns false when the lane has another one already, or none */
  #forget(lane: Lane, entry: LaneEntry): boolean {
    return this.#lanes.get(lane) === entry && this.#lanes.delete(lane)
  }
}
