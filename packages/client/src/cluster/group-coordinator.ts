import { ErrorCode } from '@pafka/protocol'

import { brokerError } from '../errors/broker-error.ts'
import { isRetriableError, type KafkaErrorContext } from '../errors/kafka-error.ts'
import { type Ask, type Cluster, CoordinatorType } from './cluster.ts'

/** The broker that looks after a group: it may be another one at any time. */
export class GroupCoordinator {
  readonly #cluster: Cluster
  readonly #groupId: string

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster
    this.#groupId = groupId
  }

  /** Asks once. @throws {KafkaError} when there is no answer; the next one looks for it again */
  async ask<Request, Response>(ask: Ask<Request, Response>): Promise<Response> {
    const nodeId = await this.#cluster.coordinator(CoordinatorType.GROUP, this.#groupId)
    try {
      return await this.#cluster.ask(nodeId, ask)
    } catch (error) {
      if (isRetriableError(error)) this.#forget()
      throw error
    }
  }

  /** @returns whether it says that it is none: then it is looked for again */
  isElsewhere(errorCode: number): boolean {
    const isNone =
      errorCode === ErrorCode.NOT_COORDINATOR || errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE
    if (isNone) this.#forget()
    return isNone
  }

  /** @throws {KafkaError} unless the answer is one */
  check(errorCode: number, context: KafkaErrorContext): void {
    if (errorCode === ErrorCode.NONE) return
    this.isElsewhere(errorCode)
    throw brokerError(errorCode, null, { groupId: this.#groupId, ...context })
  }

  #forget(): void {
    this.#cluster.forgetCoordinator(CoordinatorType.GROUP, this.#groupId)
  }
}
