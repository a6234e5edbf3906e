import type { Clock, Random } from '@pafka/base'
import { InitProducerId } from '@pafka/protocol'

import type { Cluster } from '../cluster/cluster.ts'
import { brokerError } from '../errors/broker-error.ts'
import { retrying } from '../time/retrying.ts'

/** Who produces: brokers count the batches of each, and know one that comes twice. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly epoch: number
}

/** Where a producer has its identity from. */
export interface Identities {
  /** Undefined while there is none. */
  readonly current: ProducerIdentity | undefined
  /** @throws {KafkaError} */
  get(): Promise<ProducerIdentity>
  /** Its sequences cannot go on in some partition. */
  spent(identity: ProducerIdentity): void
}

/** For a producer of transactions only; the broker wants a number that it can take, though. */
const NO_TRANSACTION_TIMEOUT_MS = 2 ** 31 - 1
const NOBODY: ProducerIdentity = { producerId: -1, epoch: -1 }

export interface IdentityOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  /** For all attempts to get one. */
  readonly timeoutMs: number
}

/** The identity of a producer without transactions: asked for when it is first needed. */
export class ProducerIdentities implements Identities {
  readonly #options: IdentityOptions
  #current: ProducerIdentity | undefined
  #asking: Promise<ProducerIdentity> | undefined

  constructor(options: IdentityOptions) {
    this.#options = options
  }

  get current(): ProducerIdentity | undefined {
    return this.#current
  }

  /** @throws {KafkaError} */
  async get(): Promise<ProducerIdentity> {
    if (this.#current !== undefined) return this.#current
    this.#asking ??= this.#ask(NOBODY).finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /**
   * Sequences of this identity cannot go on in some partition: the next `get` has a higher epoch
   * (KIP-360). Nothing happens for one that is not current any more.
   */
  spent(identity: ProducerIdentity): void {
    if (this.#current !== identity) return
    this.#current = undefined
    this.#asking = this.#ask(identity).finally(() => {
      this.#asking = undefined
    })
    // whoever needs it asks again
    this.#asking.catch(() => {})
  }

  async #ask({ producerId, epoch: producerEpoch }: ProducerIdentity): Promise<ProducerIdentity> {
    const { cluster, clock, random, timeoutMs } = this.#options
    const deadlineMs = clock.monotonicMs() + timeoutMs
    this.#current = await retrying(
      async () => {
        const answer = await cluster.askAny({
          api: InitProducerId,
          request: {
            transactionalId: null,
            transactionTimeoutMs: NO_TRANSACTION_TIMEOUT_MS,
            ...{ producerId, producerEpoch, enable2Pc: false, keepPreparedTxn: false },
          },
        })
        if (answer.errorCode !== 0) {
          throw brokerError(answer.errorCode, null, { api: 'InitProducerId' })
        }
        return { producerId: answer.producerId, epoch: answer.producerEpoch }
      },
      { clock, random, deadlineMs },
    )
    return this.#current
  }
}
