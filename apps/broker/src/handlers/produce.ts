import { assert } from '@pafka/base'
import type { AppendResult, CommittedLog, CommitWaiter } from '@pafka/log'
import {
  ErrorCode,
  Produce,
  type ProduceRequest,
  type ProduceRequestPartitionProduceData,
  type ProduceRequestTopicProduceData,
  type ProduceResponse,
  type ProduceResponsePartitionProduceResponse,
} from '@pafka/protocol'

import { OFFLINE_TEXT } from '../metadata/topic.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, NO_RESPONSE, type RequestHandler, type RequestOrigin } from './handler.ts'
import { answerLegacyProduce } from './produce-legacy.ts'
import { ProduceTransaction, refusalText } from './produce-transaction.ts'
import { produceThrottleMs } from './throttle.ts'

/**
 * Version 9 is flexible, 10 adds the leader to the answer, 13 names topics by id. 0 to 2 are
 * advertised for old librdkafka, which turns compression off without them, and answered with
 * UNSUPPORTED_VERSION. Source: ProduceRequest.json.
 */
export const produce: RequestHandler = defineHandler(Produce, [3, 13], answer, answerLegacyProduce)

function answer(
  request: ProduceRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<ProduceResponse | typeof NO_RESPONSE> {
  const pending = new PendingProduce(request, broker, origin)
  return new Promise((resolve, reject) => pending.start(resolve, reject))
}

const NO_RECORD_ERRORS: ProduceResponsePartitionProduceResponse['recordErrors'] = []

/** One partition's answer; what it says is certain when its append is committed, or failed. */
class PartitionAnswer implements ProduceResponsePartitionProduceResponse, CommitWaiter {
  readonly index: number
  errorCode: ErrorCode = ErrorCode.NONE
  baseOffset = -1
  logAppendTimeMs = -1
  logStartOffset = -1
  readonly recordErrors: ProduceResponsePartitionProduceResponse['recordErrors'] = NO_RECORD_ERRORS
  errorMessage: string | null = null
  readonly #request: PendingProduce

  constructor(index: number, request: PendingProduce) {
    this.index = index
    this.#request = request
  }

  refused(errorCode: ErrorCode, errorMessage: string | null = null): this {
    this.errorCode = errorCode
    this.errorMessage = errorMessage
    return this
  }

  appended({ baseOffset, logAppendTimeMs, logStartOffset }: AppendResult): this {
    this.baseOffset = baseOffset
    this.logAppendTimeMs = logAppendTimeMs
    this.logStartOffset = logStartOffset
    return this
  }

  committed(): void {
    this.#request.settle()
  }

  failed(_log: CommittedLog, error: Error): void {
    this.baseOffset = -1
    this.refused(ErrorCode.KAFKA_STORAGE_ERROR, error.message)
    this.#request.settle()
  }
}

interface Refusal {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
}

/** So long a request keeps the thread: rounds end and begin between its parts. */
const PART_MS = 1

/**
 * One request: appends everything in order, in parts when it is much, and answers when the last of
 * its partitions has committed what the ack promises.
 */
class PendingProduce {
  readonly #request: ProduceRequest
  readonly #broker: HandlerContext
  readonly #origin: RequestOrigin
  readonly #answers: PartitionAnswer[][] = []
  readonly #transaction: ProduceTransaction | undefined
  #uncommitted = 1 // one for `start` itself, so that an early commit does not end it
  #resolve: ((response: ProduceResponse | typeof NO_RESPONSE) => void) | undefined

  constructor(request: ProduceRequest, broker: HandlerContext, origin: RequestOrigin) {
    this.#request = request
    this.#broker = broker
    this.#origin = origin
    if (request.transactionalId !== null) {
      this.#transaction = new ProduceTransaction(request, broker, origin.apiVersion)
    }
  }

  /** @param reject takes what is thrown in a part: only the first is run by the caller. */
  start(
    resolve: (response: ProduceResponse | typeof NO_RESPONSE) => void,
    reject: (error: unknown) => void,
  ): void {
    this.#resolve = resolve
    const refused = this.#refusal()
    const joined = refused === undefined ? this.#transaction?.join() : undefined
    const steps = this.#steps(refused)
    if (joined === undefined) this.#goOn(steps, reject)
    else this.#origin.goOnWhen(joined, () => this.#goOn(steps, reject))
  }

  #goOn(steps: Iterator<void>, reject: (error: unknown) => void): void {
    try {
      if (!this.#appendPart(steps)) this.#origin.goOnLater(() => this.#goOn(steps, reject))
    } catch (error) {
      reject(error)
    }
  }

  /** @returns whether it was the last one */
  #appendPart(steps: Iterator<void>): boolean {
    const { clock } = this.#broker
    const untilMs = clock.monotonicMs() + PART_MS
    while (steps.next().done !== true) if (clock.monotonicMs() >= untilMs) return false
    if (this.#broker.logs.copiesAppends) this.#origin.requestTaken()
    this.settle()
    return true
  }

  /** A step for each partition. */
  *#steps(refused: Refusal | undefined): Generator<void> {
    for (const topic of this.#request.topicData) {
      const answers: PartitionAnswer[] = []
      this.#answers.push(answers)
      for (const partition of topic.partitionData) {
        const outcome = new PartitionAnswer(partition.index, this)
        answers.push(
          refused === undefined
            ? this.#append(topic, partition, outcome)
            : outcome.refused(refused.errorCode, refused.errorMessage),
        )
        yield
      }
    }
  }

  /** What is wrong with the request as a whole. */
  #refusal(): Refusal | undefined {
    const { acks } = this.#request
    if (acks >= -1 && acks <= 1) return undefined
    const errorMessage = `acks must be -1, 0 or 1, not ${acks}`
    return { errorCode: ErrorCode.INVALID_REQUIRED_ACKS, errorMessage }
  }

  #append(
    topic: ProduceRequestTopicProduceData,
    { index, records }: ProduceRequestPartitionProduceData,
    outcome: PartitionAnswer,
  ): PartitionAnswer {
    const byId = this.#origin.apiVersion >= 13
    const { topics } = this.#broker
    const found = byId ? topics.byId(topic.topicId) : topics.byName(topic.name)
    const partition = found?.partitions[index]
    if (found === undefined && byId) return outcome.refused(ErrorCode.UNKNOWN_TOPIC_ID)
    if (found === undefined || partition === undefined) {
      return outcome.refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    }
    if (found.internal) {
      return outcome.refused(ErrorCode.INVALID_TOPIC_EXCEPTION, 'Only the broker writes there.')
    }
    if (!(records instanceof Uint8Array) || records.length === 0) {
      return outcome.refused(ErrorCode.INVALID_RECORD, 'There are no records for this partition.')
    }
    const { log, leaderEpoch } = partition
    if (log === undefined) return outcome.refused(ErrorCode.KAFKA_STORAGE_ERROR, OFFLINE_TEXT)
    const unfit = this.#transaction?.check(log, records)
    if (unfit !== undefined && unfit !== ErrorCode.NONE) {
      return outcome.refused(unfit, refusalText(unfit))
    }
    const transactionVerified = unfit !== undefined
    const options = { origin: 'client', leaderEpoch, transactionVerified } as const
    const result = log.appendAsLeader(records, options)
    if (result.errorCode !== ErrorCode.NONE) {
      return outcome.refused(result.errorCode, result.errorMessage)
    }
    this.#uncommitted += 1
    log.whenCommitted(result.lastOffset + 1, outcome.appended(result))
    return outcome
  }

  /** One partition less to wait for. */
  settle(): void {
    this.#uncommitted -= 1
    assert(this.#uncommitted >= 0, 'a partition commits once')
    if (this.#uncommitted > 0) return
    // Now, not when it came: what this request itself added counts.
    const throttleTimeMs = produceThrottleMs(this.#broker, this.#origin)
    if (throttleTimeMs > 0) this.#origin.mute(throttleTimeMs)
    const acked = this.#request.acks !== 0
    this.#resolve?.(acked ? this.#response(throttleTimeMs) : this.#unanswered())
  }

  /**
   * With acks=0 there is no answer; as in Kafka, a closed connection says that something failed.
   */
  #unanswered(): typeof NO_RESPONSE {
    const failed = this.#answers.flat().find((each) => each.errorCode !== ErrorCode.NONE)
    if (failed !== undefined) {
      this.#origin.closeConnection(`produce with acks=0 failed: error ${failed.errorCode}`)
    }
    return NO_RESPONSE
  }

  #response(throttleTimeMs: number): ProduceResponse {
    const responses = this.#request.topicData.map(({ name, topicId }, at) => ({
      name,
      topicId,
      partitionResponses: this.#answers[at] ?? [],
    }))
    return { responses, throttleTimeMs }
  }
}
