import { compressionName, ErrorCode } from '@pafka/protocol'

import type { TelemetryPlan } from './subscriptions.ts'

/** A push, as far as it is decided by it whether it is taken. */
export interface Push {
  readonly subscriptionId: number
  readonly terminating: boolean
  readonly compressionType: number
  readonly sizeBytes: number
}

/** After these a client asks at once what it should do instead. */
const ASKS_AGAIN: readonly ErrorCode[] = [
  ErrorCode.UNKNOWN_SUBSCRIPTION_ID,
  ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
]

/** What is known of one client instance, and when it may come again. No clock: times are told. */
export class TelemetryClient {
  readonly plan: TelemetryPlan
  #lastAskedMs = Number.NEGATIVE_INFINITY
  #lastPushedMs = Number.NEGATIVE_INFINITY
  #isTerminating = false
  #lastError: ErrorCode = ErrorCode.NONE

  constructor(plan: TelemetryPlan) {
    this.plan = plan
  }

  /** It asks what to push. @returns THROTTLING_QUOTA_EXCEEDED before its time. */
  ask(nowMs: number): ErrorCode {
    const last = Math.max(this.#lastAskedMs, this.#lastPushedMs)
    const isDue = nowMs - last >= this.plan.pushIntervalMs
    if (!isDue && !ASKS_AGAIN.includes(this.#lastError)) {
      return ErrorCode.THROTTLING_QUOTA_EXCEEDED
    }
    if (isDue) this.#lastAskedMs = nowMs
    this.#lastError = ErrorCode.NONE
    return ErrorCode.NONE
  }

  /** It pushes. @returns NONE if that is to be taken. */
  push(push: Push, nowMs: number, maxBytes: number): ErrorCode {
    this.#lastError = this.#decide(push, nowMs, maxBytes)
    this.#isTerminating = push.terminating
    return this.#lastError
  }

  /** What it pushed turned out to be of no use. */
  failed(errorCode: ErrorCode): void {
    this.#lastError = errorCode
  }

  #decide(push: Push, nowMs: number, maxBytes: number): ErrorCode {
    if (this.#isTerminating) return ErrorCode.INVALID_REQUEST
    if (!this.#mayPush(nowMs) && !push.terminating) return ErrorCode.THROTTLING_QUOTA_EXCEEDED
    if (push.subscriptionId !== this.plan.subscriptionId) return ErrorCode.UNKNOWN_SUBSCRIPTION_ID
    if (compressionName(push.compressionType) === undefined) {
      return ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
    }
    this.#lastPushedMs = nowMs // not before: who is told to ask again may push what it is told
    return push.sizeBytes > maxBytes ? ErrorCode.TELEMETRY_TOO_LARGE : ErrorCode.NONE
  }

  /** At any time after it asked: clients wait for half an interval to one and a half. */
  #mayPush(nowMs: number): boolean {
    const hasAsked = this.#lastAskedMs > this.#lastPushedMs
    return hasAsked || nowMs - this.#lastPushedMs >= this.plan.pushIntervalMs
  }
}
