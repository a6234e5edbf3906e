import type { Random } from '@pafka/base'
import { ErrorCode, type GetTelemetrySubscriptionsResponse, ZERO_UUID } from '@pafka/protocol'

/** What a broker wants to know. */
export interface TelemetrySubscription {
  readonly id: number
  /** Prefixes of names. */
  readonly prefixes: readonly string[]
  /** Codecs by their numbers, the best first. */
  readonly codecs: readonly number[]
  readonly maxBytes: number
  readonly isDelta: boolean
  readonly intervalMs: number
}

/** What is to be done next. */
export interface TelemetryStep {
  readonly what: 'ask' | 'push' | 'nothing'
  /** Not before it, by the clock's `monotonicMs`. */
  readonly dueMs: number
}

/** As Kafka's clients have it, where brokers say nothing of use. */
const DEFAULT_INTERVAL_MS = 300_000
/** As brokers have it (`interval.ms`): who says less has something else in mind. */
const LEAST_INTERVAL_MS = 100
const DEFAULT_MAX_BYTES = 1_048_576
/** The first push comes at 0.5 to 1.5 of the interval: clients that start together part. */
const JITTER_STEPS = 1000

const NOTHING: TelemetryStep = { what: 'nothing', dueMs: Infinity }

/** The answers after which brokers want to be asked at once what they want instead. */
const ASK_AT_ONCE: readonly number[] = [
  ErrorCode.UNKNOWN_SUBSCRIPTION_ID,
  ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
]
const ASK_LATER: readonly number[] = [
  ErrorCode.TELEMETRY_TOO_LARGE,
  ErrorCode.THROTTLING_QUOTA_EXCEEDED,
]

/**
 * What is to be asked and pushed, and when (KIP-714). No clock: times are told. Source of what
 * follows on what: Kafka `ClientTelemetryReporter`, `ClientTelemetryUtils`.
 */
export class TelemetrySession {
  readonly #random: Random
  #instanceId = ZERO_UUID
  #subscription: TelemetrySubscription | undefined
  #step: TelemetryStep = { what: 'ask', dueMs: -Infinity }
  #isCompressed = true

  constructor(random: Random) {
    this.#random = random
  }

  /** Zero before a broker gave one. */
  get instanceId(): string {
    return this.#instanceId
  }

  /** Undefined while nothing is wanted. */
  get subscription(): TelemetrySubscription | undefined {
    return this.#subscription
  }

  get step(): TelemetryStep {
    return this.#step
  }

  /** False when a broker did not understand what was compressed. */
  get isCompressed(): boolean {
    return this.#isCompressed
  }

  /** The answer to what is wanted. */
  asked(answer: GetTelemetrySubscriptionsResponse, nowMs: number): void {
    if (this.#step.what === 'nothing') return
    const { errorCode, requestedMetrics } = answer
    if (errorCode !== ErrorCode.NONE) {
      // at once only after a push: that comes once in an interval
      const isLater = ASK_LATER.includes(errorCode) || ASK_AT_ONCE.includes(errorCode)
      if (isLater) this.unanswered(nowMs)
      else this.stop()
      return
    }
    this.#instanceId = answer.clientInstanceId
    const intervalMs = intervalOf(answer.pushIntervalMs)
    if (requestedMetrics.length === 0) {
      this.#subscription = undefined
      this.#step = { what: 'ask', dueMs: nowMs + intervalMs }
      return
    }
    this.#subscription = {
      id: answer.subscriptionId,
      prefixes: requestedMetrics,
      codecs: answer.acceptedCompressionTypes,
      maxBytes: answer.telemetryMaxBytes > 0 ? answer.telemetryMaxBytes : DEFAULT_MAX_BYTES,
      isDelta: answer.deltaTemporality,
      intervalMs,
    }
    const part = 0.5 + this.#random.below(JITTER_STEPS + 1) / JITTER_STEPS
    this.#step = { what: 'push', dueMs: nowMs + intervalMs * part }
  }

  /** The answer to a push. */
  pushed(errorCode: number, nowMs: number): void {
    if (this.#step.what === 'nothing') return
    const intervalMs = this.#subscription?.intervalMs ?? DEFAULT_INTERVAL_MS
    if (errorCode === ErrorCode.UNSUPPORTED_COMPRESSION_TYPE) this.#isCompressed = false
    if (errorCode === ErrorCode.NONE) this.#step = { what: 'push', dueMs: nowMs + intervalMs }
    else if (ASK_AT_ONCE.includes(errorCode)) this.#step = { what: 'ask', dueMs: nowMs }
    else if (ASK_LATER.includes(errorCode)) this.#step = { what: 'ask', dueMs: nowMs + intervalMs }
    else this.stop()
  }

  /** Somebody wants to know the id, which is not known. */
  askNow(): void {
    if (this.#step.what === 'ask') this.#step = { what: 'ask', dueMs: -Infinity }
  }

  /** No answer came, or none of use: the same again, later. */
  unanswered(nowMs: number): void {
    if (this.#step.what === 'nothing') return
    const intervalMs = this.#subscription?.intervalMs ?? DEFAULT_INTERVAL_MS
    this.#step = { what: this.#step.what, dueMs: nowMs + intervalMs }
  }

  /** The last push was decided on, or the broker understands nothing of this. */
  stop(): void {
    this.#subscription = undefined
    this.#step = NOTHING
  }
}

/** @returns whether a subscription wants to know of it; Kafka's brokers say `*` for all, too */
export function isWanted(prefixes: readonly string[], name: string): boolean {
  return prefixes.some((prefix) => prefix === '*' || name.startsWith(prefix))
}

function intervalOf(ms: number): number {
  return ms > 0 ? Math.max(LEAST_INTERVAL_MS, ms) : DEFAULT_INTERVAL_MS
}
