import { type Random, seededRandom } from '@pafka/base'
import {
  type LogConfig,
  type LogStore,
  markerTypeOf,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { encodeEndTransactionMarker, encodeRecordBatch, readBatches } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overEachChannel, readAll } from './test-store.ts'

/** One seed replays alone: PAFKA_TRANSACTIONS_SEED=123. */
const ASKED = process.env['PAFKA_TRANSACTIONS_SEED']
const SEEDS = ASKED === undefined ? Array.from({ length: 8 }, (_, at) => at + 1) : [Number(ASKED)]
const STEPS = 250
const PRODUCERS = 4
const CONFIG: Partial<LogConfig> = { segmentBytes: 4000, indexIntervalBytes: 500, retentionMs: -1 }

/** How a producer of ours stands: one of the new kind raises its epoch with each end. */
interface Producer {
  readonly id: number
  readonly raises: boolean
  epoch: number
  sequence: number
}

interface View {
  readonly lastStableOffset: number
  /** Producer, first offset, and that of the marker. */
  readonly aborted: readonly (readonly number[])[]
}

class History {
  readonly #said: View[] = []
  readonly #written: View[] = []
  readonly #random: Random
  readonly #producers: readonly Producer[]
  #disk: SimulatedDisk = SimulatedDisk.create()
  #store: LogStore | undefined
  #log: PartitionLog | undefined
  #checkpoint: Promise<void> = Promise.resolve()

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    this.#producers = Array.from({ length: PRODUCERS }, (_, at) => {
      return { id: at + 1, raises: at % 2 === 0, epoch: 0, sequence: 0 }
    })
  }

  /** @returns what the log said of its transactions, again and again, and what was right */
  async run(): Promise<{ readonly said: readonly View[]; readonly written: readonly View[] }> {
    await this.#open()
    for (let step = 0; step < STEPS; step++) await this.#step()
    await this.#compare()
    await this.#store?.close()
    return { said: this.#said, written: this.#written }
  }

  get log(): PartitionLog {
    if (this.#log === undefined) throw new Error('the log is not open')
    return this.#log
  }

  async #open(): Promise<void> {
    this.#store = await openStore({ files: this.#disk, config: CONFIG })
    this.#log = this.#store.get('topic', 0) ?? createLog(this.#store, CONFIG)
  }

  async #step(): Promise<void> {
    const kind = this.#random.below(40)
    const producer = this.#producers[this.#random.below(PRODUCERS)] as Producer
    if (kind < 24) this.#send(producer)
    else if (kind < 31) this.#end(producer)
    else if (kind < 33) this.log.appendAsLeader(batchOf(numbered(1)), CLIENT)
    else if (kind < 36) await committed(this.log)
    else if (kind < 37) await this.log.flush()
    else if (kind < 38) await this.#compare()
    else if (kind < 39) this.#beginCheckpoint()
    else await this.#restart()
  }

  #beginCheckpoint(): void {
    const begun = this.#store?.checkpoint() ?? Promise.resolve()
    this.#checkpoint = begun.catch(() => {}) // its disk may be one of the past by then
  }

  #send(producer: Producer): void {
    const { id: producerId, epoch: producerEpoch, sequence: baseSequence } = producer
    const records = [{ timestamp: TIME_MS, key: null, value: Buffer.alloc(30) }]
    const from = { producerId, producerEpoch, baseSequence, transactional: true }
    const bytes = Buffer.from(encodeRecordBatch({ records, ...from }))
    const result = this.log.appendAsLeader(bytes, { ...CLIENT, transactionVerified: true })
    if (result.errorCode !== 0) throw new Error(`${result.errorMessage} in epoch ${producerEpoch}`)
    producer.sequence += 1
  }

  #end(producer: Producer): void {
    if (producer.raises) {
      producer.epoch += 1
      producer.sequence = 0
    }
    const origin = { producerId: producer.id, producerEpoch: producer.epoch, coordinatorEpoch: 0 }
    const commit = this.#random.below(2) === 0
    const bytes = encodeEndTransactionMarker({ ...origin, timestamp: TIME_MS, commit })
    this.log.appendAsLeader(Buffer.from(bytes), { origin: 'coordinator', leaderEpoch: 0 })
  }

  /** The process stops, or ends with or without what is under way, a checkpoint among it. */
  async #restart(): Promise<void> {
    const how = this.#random.below(4)
    if (how > 0) await committed(this.log)
    if (how > 1) await this.#checkpoint
    if (how > 2) await this.#store?.close()
    this.#disk = this.#disk.kill()
    await this.#open()
    await this.#compare()
    for (const producer of this.#producers) {
      const known = this.log.producers().find(({ producerId }) => producerId === producer.id)
      producer.epoch = Math.max(known?.producerEpoch ?? 0, 0)
      producer.sequence = (known?.lastSequence ?? -1) + 1
    }
  }

  /** What the log says of its transactions, and what its batches say. */
  async #compare(): Promise<void> {
    await committed(this.log)
    const { log } = this
    const bytes = await readAll(log)
    const open = new Map<number, number>()
    const aborted: number[][] = []
    for (const batch of readBatches(bytes)) {
      const { producerId, baseOffset } = batch
      if (batch.control) {
        const firstOffset = open.get(producerId)
        open.delete(producerId)
        const isAbort = markerTypeOf(bytes, batch.at) === 'abort'
        if (firstOffset !== undefined && isAbort) {
          aborted.push([producerId, firstOffset, baseOffset])
        }
      } else if (batch.transactional && !open.has(producerId)) open.set(producerId, baseOffset)
    }
    const found = await log.transactions.aborted({ fromOffset: 0, toOffset: log.highWatermark })
    this.#said.push({
      lastStableOffset: log.lastStableOffset,
      aborted: found.map((one) => [one.producerId, one.firstOffset, one.lastOffset]),
    })
    const lastStableOffset = Math.min(log.highWatermark, ...open.values())
    this.#written.push({ lastStableOffset, aborted })
  }
}

overEachChannel(() => {
  test.each(SEEDS)('transactions of many batches and epochs, seed %i', async (seed) => {
    const { said, written } = await new History(seed).run()
    expect(said).toEqual(written)
  })
})
