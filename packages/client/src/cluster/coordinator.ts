import { ErrorCode } from '@pafka/protocol'

import { brokerError } from '../errors/broker-error.ts'
import { isRetriableError, type KafkaErrorContext } from '../errors/kafka-error.ts'
import type { BrokerVersions } from '../connection/api-versions.ts'
import type { Ask, Cluster, CoordinatorType } from './cluster.ts'

/** The broker that looks after something by its name: it may be another one at any time. */
export class Coordinator {
  readonly #cluster: Cluster
  readonly #type: CoordinatorType
  readonly #key: string
  readonly #context: KafkaErrorContext

  /** @param context what errors say of whose coordinator it is */
  constructor(cluster: Cluster, type: CoordinatorType, key: string, context: KafkaErrorContext) {
    this.#cluster = cluster
    this.#type = type
    this.#key = key
    this.#context = context
  }

  /** What it speaks. @throws {KafkaError} */
  async versions(): Promise<BrokerVersions> {
    const { versions } = await this.#try(async (nodeId) => this.#cluster.connectionTo(nodeId))
    return versions
  }

  /** Asks once. @throws {KafkaError} when there is no answer; the next one looks for it again */
  async ask<Request, Response>(ask: Ask<Request, Response>): Promise<Response> {
    return this.#try(async (nodeId) => this.#cluster.ask(nodeId, ask))
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
    throw brokerError(errorCode, null, { ...this.#context, ...context })
  }

  async #try<T>(attempt: (nodeId: number) => Promise<T>): Promise<T> {
    const nodeId = await this.#cluster.coordinator(this.#type, this.#key)
    try {
      return await attempt(nodeId)
    } catch (error) {
      if (isRetriableError(error)) this.#forget()
      throw error
    }
  }

  #forget(): void {
    this.#cluster.forgetCoordinator(this.#type, this.#key)
  }
}
