import { BufferPool, MIB, seededRandom } from '@pafka/base'
import {
  ErrorCode,
  Produce,
  type ProduceRequest,
  type ProduceResponse,
  ZERO_UUID,
} from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'

import { BrokerVersions } from '../src/connection/api-versions.ts'
import { connectionLost } from '../src/errors/client-errors.ts'
import type { KafkaError } from '../src/errors/kafka-error.ts'
import { BufferBudget } from '../src/producer/buffer-budget.ts'
import { PartitionQueue } from '../src/producer/partition-queue.ts'
import { ProduceRouter } from '../src/producer/produce-router.ts'
import type { ProducerIdentity } from '../src/producer/producer-identity.ts'
import type { RecordMetadata } from '../src/producer/record-promises.ts'
import { KeyBytes } from '../src/producer/record-slab.ts'
import { utf8 } from '../src/serde/utf8.ts'
import { ClientCounts } from '../src/watch/client-counts.ts'
import { ModelLog } from './model-log.ts'

const VERSIONS = new BrokerVersions('b', [{ apiKey: Produce.key, minVersion: 3, maxVersion: 9 }])

export interface StageOptions {
  readonly batchBytes: number
  readonly deliveryTimeoutMs: number
}

/** What became of a record. */
export interface Sent {
  readonly value: string
  told: 'acknowledged' | KafkaError | undefined
}

/** A request that has no answer yet. */
interface Asked {
  readonly bytes: Uint8Array
  readonly resolve: (response: ProduceResponse) => void
  readonly reject: (error: Error) => void
}

/**
 * A producer of one partition, whose requests come to its log when the test says so, and are
 * answered what it says. Time stands still, but for what it says.
 */
export class ProducerStage {
  readonly clock: ManualClock = new ManualClock()
  readonly log: ModelLog = new ModelLog()
  readonly sent: Sent[] = []
  readonly queue: PartitionQueue
  readonly budget: BufferBudget = new BufferBudget(MIB)
  readonly router: ProduceRouter
  /** In the order in which they were sent. */
  readonly asked: Asked[] = []
  /** Epochs that were asked for. */
  epochs = 1
  readonly #key = new KeyBytes()

  constructor({ batchBytes, deliveryTimeoutMs }: StageOptions) {
    const { clock } = this
    let current: ProducerIdentity = { producerId: 1, epoch: 0 }
    const spent = (identity: ProducerIdentity): void => {
      if (identity !== current) return
      current = { producerId: 1, epoch: current.epoch + 1 }
      this.epochs += 1
    }
    this.router = new ProduceRouter({
      ...{ clock, random: seededRandom(1), transaction: undefined, deliveryTimeoutMs },
      cluster: this.#cluster() as never,
      terms: { acks: -1, compression: 'none', transactionalId: null, timeoutMs: 30_000 },
      identities: {
        get current() {
          return current
        },
        get: () => Promise.resolve(current),
        spent,
      },
    })
    const pool = new BufferPool({
      ...{ clock, smallestBytes: 1024, largestBytes: MIB, limitBytes: 4 * MIB, idleMs: 1000 },
    })
    const world = {
      ...{ clock, pool, budget: this.budget, isIdempotent: true, spent },
      ...{ failed: () => {}, wrote: () => {} },
      ready: (queue: PartitionQueue) => this.router.ready(queue),
    }
    this.queue = new PartitionQueue({ topic: 't', partition: 0 }, world, batchBytes)
    this.#key.encode(null, utf8())
  }

  /** @param padding of the value, which is told without it */
  send(value: string, padding: number = 0): Sent {
    const sent: Sent = { value, told: undefined }
    this.sent.push(sent)
    const resolve = (metadata: RecordMetadata | Promise<never>): void => {
      if (!(metadata instanceof Promise)) sent.told = 'acknowledged'
      else metadata.catch((error: unknown) => void (sent.told = error as KafkaError))
    }
    const record = { timestamp: 1, key: this.#key, headers: undefined }
    this.queue.append(record, value.padEnd(value.length + padding, '.'), utf8(), resolve)
    return sent
  }

  /** Until nothing more happens by itself. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 4; turns++) {
      // oxlint-disable-next-line no-await-in-loop -- until what was begun is done
      await new Promise(setImmediate)
    }
  }

  /** The next request comes to the log. @param told what is answered; the truth by default */
  deliver(told?: (errorCode: ErrorCode) => ErrorCode): void {
    const next = this.#next()
    const errorCode = this.log.append(next.bytes)
    next.resolve(answerOf(told?.(errorCode) ?? errorCode))
  }

  /** The next request is answered, and did not come to the log. */
  refuse(errorCode: ErrorCode): void {
    this.#next().resolve(answerOf(errorCode))
  }

  /**
   * The connection breaks: of what was asked the first so many came to the log.
   * @returns what may come later
   */
  cut(come: number): Uint8Array[] {
    const asked = this.asked.splice(0)
    for (const { bytes } of asked.slice(0, come)) this.log.append(bytes)
    for (const { reject } of asked) reject(connectionLost('b', 'ended'))
    return asked.slice(come).map(({ bytes }) => bytes)
  }

  /** All that are left are served as they should be. */
  async end(): Promise<void> {
    for (let rounds = 0; rounds < 1000 && !this.queue.isEmpty; rounds++) {
      while (this.asked.length > 0) this.deliver()
      // oxlint-disable-next-line no-await-in-loop -- until all have an end
      await this.settle()
      this.clock.advance(200)
      // oxlint-disable-next-line no-await-in-loop -- until all have an end
      await this.settle()
    }
    this.router.close((batch) => {
      throw new Error(`a batch of ${batch.recordsCount} records had no end`)
    })
  }

  #next(): Asked {
    const next = this.asked.shift()
    if (next === undefined) throw new Error('nothing is asked')
    return next
  }

  #cluster(): object {
    const send = ({ request }: { readonly request: ProduceRequest }): Promise<ProduceResponse> => {
      const records = request.topicData[0]?.partitionData[0]?.records
      // as it is now: the producer may use the memory again
      const bytes = Uint8Array.from(records as Uint8Array)
      return new Promise((resolve, reject) => this.asked.push({ bytes, resolve, reject }))
    }
    const connection = { send, isClosed: false, broker: 'b' }
    const topic = { id: ZERO_UUID, partitions: [{ leaderId: 1, leaderEpoch: 0 }] }
    return {
      requestTimeoutMs: 30_000,
      counts: new ClientCounts(this.clock, undefined),
      connectionTo: () => Promise.resolve({ connection, versions: VERSIONS }),
      metadata: {
        ...{ find: () => topic, nodes: new Map([[1, {}]]), nameOf: () => 't' },
        whyNot: () => undefined,
        ...{ listen: () => () => {}, outdated: () => {}, leaderChanged: () => {} },
      },
    }
  }
}

function answerOf(errorCode: ErrorCode): ProduceResponse {
  const answer = {
    ...{ index: 0, errorCode, baseOffset: -1n, logAppendTimeMs: -1, logStartOffset: -1 },
    ...{ recordErrors: [], errorMessage: null, currentLeader: { leaderId: -1, leaderEpoch: -1 } },
  }
  const partitionResponses = [{ ...answer, baseOffset: errorCode === ErrorCode.NONE ? 0 : -1 }]
  const responses = [{ name: 't', topicId: ZERO_UUID, partitionResponses }]
  return { responses, throttleTimeMs: 0, nodeEndpoints: [] }
}
