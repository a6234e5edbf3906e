import { setTimeout as sleep } from 'node:timers/promises'

import type { Random } from '@pafka/base'
import {
  ErrorCode,
  errorName,
  InitProducerId,
  type ProduceRequestTopicProduceData,
  type ProduceResponse,
  ZERO_UUID,
} from '@pafka/protocol'

import { Finding } from '../ledger/finding.ts'
import type { PartitionLedger } from '../ledger/partition-ledger.ts'
import type { SentBatch } from '../ledger/sent-batch.ts'
import { type Pace, TRICKLE } from '../plan.ts'
import type { Connection } from '../wire/connection.ts'
import { makeBatch } from './batch-source.ts'
import { Pipeline } from './pipeline.ts'
import { produce } from './stored-topics.ts'

/** As many requests as Kafka allows an idempotent producer, and batches the broker remembers. */
const MAX_IN_FLIGHT = 5
const MOST_PARTITIONS = 3
const INIT_PRODUCER_ID_VERSION = 4

export interface ProducerKind {
  readonly acks: -1 | 1
  readonly idempotent: boolean
}

export interface ProducerLoad {
  readonly random: Random
  readonly pace: Pace
  /** After so many bytes it only trickles. */
  readonly budgetBytes: number
  readonly ledgers: readonly PartitionLedger[]
  readonly repeatsAcked: boolean
  readonly freshProducers: boolean
  readonly signal: AbortSignal
  /** Told every producer id. @throws {Finding} on one that was given before. */
  readonly given: (producerId: number) => void
}

/** One batch on its way to one partition. */
interface Sending {
  readonly ledger: PartitionLedger
  readonly batch: SentBatch
  readonly bytes: Uint8Array
}

/** Where an idempotent producer stands in one partition. */
interface Position {
  nextSequence: number
  /** The last few batches, oldest first; those without an ack are its end. */
  recent: SentBatch[]
}

/** A raw producer that lives longer than the broker: it goes on where acks stopped. */
export class LoadProducer {
  readonly #kind: ProducerKind
  readonly #positions = new Map<PartitionLedger, Position>()
  #producerId = -1
  #producerEpoch = -1
  sentBytes = 0
  ackedBatches = 0

  constructor(kind: ProducerKind) {
    this.#kind = kind
  }

  /** Loads one life of the broker, until told to stop or the connection is lost. */
  async run(connection: Connection, load: ProducerLoad): Promise<void> {
    const pipeline = new Pipeline(MAX_IN_FLIGHT)
    if (this.#kind.idempotent) {
      if (load.freshProducers || this.#producerId < 0) {
        pipeline.add(this.#takeProducerId(connection, load))
        await pipeline.drained()
      }
      for (const sendings of this.#again(load)) {
        pipeline.add(this.#send(connection, sendings))
      }
      await pipeline.drained()
    }
    let left = load.budgetBytes
    while (pipeline.goesOn && !load.signal.aborted) {
      await pipeline.room()
      const pace = left > 0 ? load.pace : TRICKLE
      const sendings = this.#fresh(load, pace)
      left -= sizeOf(sendings)
      pipeline.add(this.#send(connection, sendings))
      await sleep(load.random.below(pace.mostPauseMs + 1))
    }
    await pipeline.drained()
  }

  /** Forgets partitions that are gone with their topics. */
  forget(): void {
    this.#positions.clear()
  }

  async #takeProducerId(connection: Connection, load: ProducerLoad): Promise<void> {
    const answer = await connection.send(InitProducerId, INIT_PRODUCER_ID_VERSION, {
      transactionalId: null,
      transactionTimeoutMs: 60_000,
      producerId: -1,
      producerEpoch: -1,
      enable2Pc: false,
      keepPreparedTxn: false,
    })
    if (answer.errorCode !== ErrorCode.NONE) {
      throw new Finding('refused', 'InitProducerId', errorName(answer.errorCode))
    }
    load.given(answer.producerId)
    this.#producerId = answer.producerId
    this.#producerEpoch = answer.producerEpoch
    this.#positions.clear()
  }

  /** What has no ack yet, after the last ones that had, in requests as they were sent. */
  #again({ random, repeatsAcked }: ProducerLoad): Sending[][] {
    const requests: Sending[][] = []
    for (const [ledger, { recent }] of this.#positions) {
      const open = recent.filter(({ state }) => state === 'open').length
      const count = Math.max(open, repeatsAcked ? random.below(recent.length + 1) : 0)
      for (const [at, batch] of recent.slice(recent.length - count).entries()) {
        const request = (requests[at] ??= [])
        request.push({ ledger, batch, bytes: batch.bytes() })
      }
    }
    return requests
  }

  #fresh({ random, ledgers }: ProducerLoad, pace: Pace): Sending[] {
    const chosen = new Set<PartitionLedger>()
    for (let picks = 1 + random.below(MOST_PARTITIONS); picks > 0; picks--) {
      const ledger = ledgers[random.below(ledgers.length)]
      if (ledger !== undefined) chosen.add(ledger)
    }
    return [...chosen].map((ledger) => {
      const position = this.#positionIn(ledger)
      const made = makeBatch(random, pace.sizes, this.#sequence(position))
      ledger.sent(made.batch)
      position.nextSequence += made.batch.recipe.records
      position.recent = [...position.recent.slice(1 - MAX_IN_FLIGHT), made.batch]
      return { ledger, ...made }
    })
  }

  #sequence({ nextSequence }: Position): Parameters<typeof makeBatch>[2] {
    if (!this.#kind.idempotent) return undefined
    const { producerId, producerEpoch } = this.#ids()
    return { producerId, producerEpoch, baseSequence: nextSequence }
  }

  #ids(): { readonly producerId: number; readonly producerEpoch: number } {
    return { producerId: this.#producerId, producerEpoch: this.#producerEpoch }
  }

  #positionIn(ledger: PartitionLedger): Position {
    const known = this.#positions.get(ledger)
    if (known !== undefined) return known
    const position = { nextSequence: 0, recent: [] }
    this.#positions.set(ledger, position)
    return position
  }

  async #send(connection: Connection, sendings: readonly Sending[]): Promise<void> {
    this.sentBytes += sizeOf(sendings)
    const response = await produce(connection, this.#kind.acks, topicData(sendings))
    for (const { ledger, batch } of sendings) {
      const isFirstAck = batch.state === 'open'
      ledger.acked(batch, acknowledgedOffset(response, ledger, batch))
      if (isFirstAck) this.ackedBatches += 1
    }
  }
}

/** @throws {Finding} when it is not acknowledged; nothing here gives a reason to refuse a batch. */
export function acknowledgedOffset(
  response: ProduceResponse,
  ledger: PartitionLedger,
  batch: SentBatch,
): number | undefined {
  const answer = response.responses
    .find(({ name }) => name === ledger.topic)
    ?.partitionResponses.find(({ index }) => index === ledger.partition)
  if (answer?.errorCode === ErrorCode.NONE) return answer.baseOffset
  if (answer?.errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER && batch.isIdempotent) {
    return undefined // it is there; where, the broker no longer says
  }
  const why = answer === undefined ? 'no answer for it' : errorName(answer.errorCode)
  throw new Finding('refused', ledger.place, `${batch.title}: ${why} ${answer?.errorMessage ?? ''}`)
}

function topicData(sendings: readonly Sending[]): ProduceRequestTopicProduceData[] {
  const byTopic = Map.groupBy(sendings, ({ ledger }) => ledger.topic)
  return [...byTopic].map(([name, ofTopic]) => ({
    name,
    topicId: ZERO_UUID,
    partitionData: ofTopic.map(({ ledger, bytes }) => ({
      index: ledger.partition,
      records: bytes,
    })),
  }))
}

function sizeOf(sendings: readonly Sending[]): number {
  return sendings.reduce((sum, { bytes }) => sum + bytes.length, 0)
}
