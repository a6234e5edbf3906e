import type { ErrorCode } from '@pafka/protocol'

import type { Fault } from './fault.ts'
import type { AnswerableApi, FaultApi, TopicApi } from './fault-apis.ts'

/** An error to answer with: its code, or Kafka's name for it. */
export type FaultError = ErrorCode | Exclude<keyof typeof ErrorCode, 'NONE'>

/** Which requests of the API a fault is for; all that are given must hold. */
export interface FaultWhere {
  /** Requests of clients with this `client.id`. */
  readonly clientId?: string
}

/** As `FaultWhere`, of an API whose requests name topics. */
export interface TopicFaultWhere extends FaultWhere {
  /** Requests about this topic. What else such a request is about meets the fault with it. */
  readonly topic?: string
}

export interface FaultOptions<ApiName extends FaultApi> {
  /** How many requests meet it, one by default. */
  readonly times?: number
  readonly where?: ApiName extends TopicApi ? TopicFaultWhere : FaultWhere
}

/**
 * Faults for the code under test to meet. Each waits for so many requests of its API; where several
 * are ordered for one API, a request meets the first of them that is for it.
 *
 * Each order throws {PafkaError} `FAULT_REFUSED` for what could never happen.
 */
export interface Faults {
  /** Answers with an error, where a client looks for it. The request has no effect. */
  answer<ApiName extends AnswerableApi>(
    api: ApiName,
    error: FaultError,
    options?: FaultOptions<ApiName>,
  ): Fault
  /** Serves the request at once, and answers it so much later, by the broker's clock. */
  delay<ApiName extends FaultApi>(
    api: ApiName,
    delayMs: number,
    options?: FaultOptions<ApiName>,
  ): Fault
  /** Closes the connection instead of answering. The request has no effect. */
  cut<ApiName extends FaultApi>(api: ApiName, options?: FaultOptions<ApiName>): Fault
  /** Serves the request, and closes the connection instead of answering. */
  loseAnswer<ApiName extends FaultApi>(api: ApiName, options?: FaultOptions<ApiName>): Fault
  /** Takes every fault back and lets delayed answers go: the broker is as it should be. */
  clear(): void
  /** Faults that still wait for requests, in the order they were ordered. */
  readonly pending: readonly Fault[]
}
