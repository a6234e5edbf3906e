import { assert, type Random, seededRandom } from '@pafka/base'
import { memoryFileSystem } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'

import { type Producer, TransactionStage } from './transaction-stage.ts'

const IDS = ['x', 'y', 'z']
const PLACES = ['a', 'b'].flatMap((topic) => [0, 1].map((partition) => ({ topic, partition })))
/** Before and after batches add their partitions themselves, and ends raise the epoch. */
const CLIENTS = [
  { produce: 9, end: 3, offsets: 3 },
  { produce: 12, end: 5, offsets: 5 },
] as const

/** What a transaction has in the log, as its producer knows. */
interface Transaction {
  readonly values: string[]
  /** Of its last offset commit, or -1. */
  offset: number
}

/** One instance of a producer; all but the newest of its id are fenced. */
interface Instance {
  producer: Producer
  readonly client: (typeof CLIENTS)[number]
  isNewest: boolean
  open: Transaction
}

/**
 * Producers of a few transactional ids send, commit, abort, die and are fenced, time passes, the
 * broker starts anew, in an order that a seed tells. What counts is what was committed, wholly.
 */
export async function runTransactionHistory(seed: number): Promise<void> {
  const history = new History(seed)
  await history.run()
}

class History {
  readonly #random: Random
  readonly #files = memoryFileSystem()
  readonly #sequences = new Map<string, number>()
  readonly #instances: Instance[] = []
  /** Values that must be seen, by where they are. */
  readonly #committed = new Map<string, string[]>()
  #offset = -1
  #nextValue = 1
  #stage: TransactionStage | undefined

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  async run(): Promise<void> {
    this.#stage = await TransactionStage.start({ files: this.#files }, this.#sequences)
    try {
      // oxlint-disable-next-line no-await-in-loop -- one step after another
      for (let left = 10 + this.#random.below(40); left > 0; left--) await this.#step()
      await this.#check()
    } finally {
      await this.#stage[Symbol.asyncDispose]()
    }
  }

  #step(): Promise<void> {
    const instance = this.#oneOf(this.#instances)
    const dice = this.#random.below(100)
    if (instance === undefined || dice < 10) return this.#init(this.#oneOf(IDS) ?? 'x')
    if (dice < 55) return this.#send(instance)
    if (dice < 65) return this.#commitOffset(instance)
    if (dice < 92) return this.#end(instance, this.#random.below(3) > 0)
    return dice < 95 ? this.#restart() : this.#wait()
  }

  async #init(transactionalId: string): Promise<void> {
    const { errorCode, ...producer } = await this.stage.init(transactionalId)
    assert(errorCode === ErrorCode.NONE, `init of ${transactionalId}: error ${errorCode}`)
    for (const other of this.#instances) {
      if (other.producer.transactionalId === transactionalId) other.isNewest = false
    }
    const client = this.#oneOf(CLIENTS) ?? CLIENTS[0]
    this.#instances.push({ producer, client, isNewest: true, open: nothing() })
  }

  async #send(instance: Instance): Promise<void> {
    const place = this.#oneOf(PLACES) ?? { topic: 'a', partition: 0 }
    const value = `${place.topic}${place.partition} ${this.#nextValue++}`
    const { produce: version } = instance.client
    if (version < 12) await this.stage.add(instance.producer, place)
    const errorCode = await this.stage.send(instance.producer, { ...place, value, version })
    this.#checkFenced(instance, errorCode, 'sends')
    if (errorCode === ErrorCode.NONE) instance.open.values.push(value)
  }

  async #commitOffset(instance: Instance): Promise<void> {
    const offset = this.#nextValue++
    const { offsets: version } = instance.client
    if (version < 5) await this.stage.addOffsets(instance.producer)
    const errorCode = await this.stage.commitOffset(instance.producer, offset, version)
    this.#checkFenced(instance, errorCode, 'commits an offset')
    if (errorCode === ErrorCode.NONE) instance.open.offset = offset
  }

  async #end(instance: Instance, isCommit: boolean): Promise<void> {
    const { open, producer, client } = instance
    const { errorCode, ...next } = await this.stage.end(producer, isCommit, client.end)
    const isFenced = !instance.isNewest
    assert(!isFenced || errorCode !== ErrorCode.NONE, `a fenced producer ends a transaction`)
    instance.open = nothing()
    if (errorCode !== ErrorCode.NONE) return // aborted for it meanwhile, or nothing was begun
    if (client.end >= 5) instance.producer = next
    if (isCommit) this.#count(open)
  }

  #count({ values, offset }: Transaction): void {
    for (const value of values) {
      const place = value.slice(0, 2)
      const known = this.#committed.get(place) ?? []
      this.#committed.set(place, [...known, value])
    }
    // what was written later counts, whichever was committed later
    this.#offset = Math.max(this.#offset, offset)
  }

  /** Markers that were not written yet are written by the next one. */
  async #restart(): Promise<void> {
    await this.stage[Symbol.asyncDispose]()
    this.#stage = await TransactionStage.start({ files: this.#files }, this.#sequences)
  }

  /** Some transactions run for too long by now. */
  async #wait(): Promise<void> {
    this.stage.rig.clock.advance(20_000 + this.#random.below(60_000))
    await this.#settled()
  }

  async #check(): Promise<void> {
    for (const transactionalId of IDS) await this.#init(transactionalId)
    await this.#settled()
    for (const { topic, partition } of PLACES) {
      const log = this.stage.rig.broker.topics.byName(topic)?.partitions[partition]?.log
      assert(log?.lastStableOffset === log?.highWatermark, `${topic}-${partition} is not stable`)
      const seen = await this.stage.committed(topic, partition)
      const wanted = this.#committed.get(`${topic}${partition}`) ?? []
      const isSame = seen.toSorted().join() === wanted.toSorted().join()
      assert(isSame, `${topic}-${partition}: ${seen.join()} instead of ${wanted.join()}`)
    }
    const offset = await this.stage.offset(true)
    assert(offset === this.#offset, `the offset is ${offset} instead of ${this.#offset}`)
  }

  async #settled(): Promise<void> {
    for (const transactionalId of IDS) await this.stage.settled(transactionalId)
  }

  #checkFenced({ isNewest, producer }: Instance, errorCode: number, what: string): void {
    const isFine = isNewest || errorCode !== ErrorCode.NONE
    assert(isFine, `${producer.transactionalId}, fenced at ${producer.producerEpoch}, ${what}`)
  }

  #oneOf<T>(all: readonly T[]): T | undefined {
    return all[this.#random.below(Math.max(all.length, 1))]
  }

  get stage(): TransactionStage {
    if (this.#stage === undefined) throw new Error('the stage is not open')
    return this.#stage
  }
}

function nothing(): Transaction {
  return { values: [], offset: -1 }
}
