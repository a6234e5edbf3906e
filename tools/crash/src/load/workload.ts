import { errnoOf, MIB } from '@pafka/base'

import { fetchOnce, FindingsOf, type Reading } from '../check/read-back.ts'
import { Finding } from '../ledger/finding.ts'
import { PartitionLedger } from '../ledger/partition-ledger.ts'
import { randomFor, type RoundPlan } from '../plan.ts'
import { Connection, ConnectionLost } from '../wire/connection.ts'
import { GroupCommitter } from './group-committer.ts'
import { LoadProducer } from './load-producer.ts'
import { createTopic, deleteTopic, type NewTopic } from './stored-topics.ts'
import { TopicChurn } from './topic-churn.ts'

const GROUPS = ['crash-group-0', 'crash-group-1']
const FOLLOW_WAIT_MS = 100

export interface WorkloadOptions {
  readonly seed: number
  readonly churns: boolean
  /** Of all producers in a round; after that they trickle. */
  readonly roundBytes: number
  /** Of every topic, on top of what it has. */
  readonly topicConfigs: Readonly<Record<string, string>>
}

export interface WorkloadCounts {
  readonly sentBytes: number
  readonly ackedBatches: number
  readonly ackedOffsets: number
  readonly topicChanges: number
}

interface Life {
  readonly host: string
  readonly port: number
  readonly round: number
  readonly plan: RoundPlan
  readonly signal: AbortSignal
  /** True from when the broker is told to end: connections may be lost from then on. */
  readonly isEnding: () => boolean
}

/** All clients of a campaign, and the ledgers of what they were promised. */
export class Workload {
  readonly #options: WorkloadOptions
  readonly #producers: readonly LoadProducer[] = [
    new LoadProducer({ acks: -1, idempotent: true }),
    new LoadProducer({ acks: -1, idempotent: true }),
    new LoadProducer({ acks: -1, idempotent: false }),
    new LoadProducer({ acks: 1, idempotent: false }),
  ]
  readonly #producerIds = new Set<number>()
  readonly #churn = new TopicChurn()
  readonly #connections = new Set<Connection>()
  readonly committers: readonly GroupCommitter[] = GROUPS.map((id) => new GroupCommitter(id))
  #generation = 0
  #gone: string[] = []
  #ledgers: PartitionLedger[] = []

  constructor(options: WorkloadOptions) {
    this.#options = options
  }

  /** Partitions of the topics that stay for a while. */
  get ledgers(): readonly PartitionLedger[] {
    return this.#ledgers
  }

  /** Names of topics whose deletion was acknowledged. */
  get gone(): readonly string[] {
    return this.#gone
  }

  /** Requests under way in this life. */
  get unanswered(): readonly string[] {
    return [...this.#connections].flatMap((connection) => connection.unanswered)
  }

  get counts(): WorkloadCounts {
    return {
      sentBytes: sum(this.#producers.map((one) => one.sentBytes)),
      ackedBatches: sum(this.#producers.map((one) => one.ackedBatches)),
      ackedOffsets: sum(this.committers.map((one) => one.ackedOffsets)),
      topicChanges: this.#churn.changes,
    }
  }

  /** Deletes its topics, if it has some, and makes new ones: so the disk does not fill. */
  async renewTopics(connection: Connection): Promise<void> {
    const old = new Set(this.#ledgers.map(({ topic }) => topic))
    for (const name of old) await deleteTopic(connection, name)
    this.#gone = [...this.#gone, ...old]
    this.#ledgers = []
    const topics = topicsOf(this.#generation++)
    for (const { name, partitions, configs } of topics) {
      const all = { ...configs, ...this.#options.topicConfigs }
      await createTopic(connection, { name, partitions, configs: all })
      for (let at = 0; at < partitions; at++) this.#ledgers.push(new PartitionLedger(name, at))
    }
    for (const producer of this.#producers) producer.forget()
    for (const committer of this.committers) committer.reset(this.#ledgers)
  }

  /** Topics that come and go: what has to be there of them. @throws {Finding} */
  churned(connection: Connection): Promise<readonly PartitionLedger[]> {
    return this.#churn.check(connection)
  }

  /**
   * Loads the broker until told to stop or until it is gone. Resolves when no ack can come any more
   * and all that came are in the ledgers. @throws {Finding}
   */
  async run(life: Life): Promise<void> {
    const { plan, signal } = life
    const random = (part: number): ReturnType<typeof randomFor> =>
      randomFor(this.#options.seed, life.round, part)
    const budgetBytes = this.#options.roundBytes / this.#producers.length
    const { repeatsAcked, freshProducers, pace } = plan
    const given = (producerId: number): void => this.#given(producerId)
    const load = { pace, budgetBytes, ledgers: this.#ledgers, repeatsAcked, freshProducers, signal }
    const tasks = [
      ...this.#producers.map((one, at) => (connection: Connection) => {
        return one.run(connection, { ...load, random: random(10 + at), given })
      }),
      ...this.committers.map((one, at) => (connection: Connection) => {
        return one.run(connection, random(20 + at), signal)
      }),
    ]
    if (plan.follows) tasks.push((connection) => this.#follow(connection, signal))
    if (this.#options.churns) {
      tasks.push((connection) => this.#churn.run(connection, random(30), signal))
    }
    this.#connections.clear()
    const ended = await Promise.allSettled(tasks.map((task) => this.#onConnection(life, task)))
    const failed = ended.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }

  /**
   * A connection for one task, which has ended when the connection has.
   * @throws {Finding} when it cannot be made or is lost and the broker has no reason.
   */
  async #onConnection(
    { host, port, isEnding }: Life,
    task: (connection: Connection) => Promise<void>,
  ): Promise<void> {
    try {
      using connection = await Connection.open(host, port)
      this.#connections.add(connection)
      await task(connection)
      this.#connections.delete(connection)
    } catch (error) {
      if (error instanceof Finding) throw error
      if (!isEnding()) throw new Finding('refused', 'connection', String(error))
      if (!(error instanceof ConnectionLost) && errnoOf(error) === undefined) throw error
    }
  }

  #given(producerId: number): void {
    if (this.#producerIds.has(producerId)) {
      throw new Finding('producer id', String(producerId), 'it was given before')
    }
    this.#producerIds.add(producerId)
  }

  /** Reads along what is committed, as a consumer does: what it saw must stay. */
  async #follow(connection: Connection, signal: AbortSignal): Promise<void> {
    const readings = this.#ledgers.map((ledger): Reading => {
      return { ledger, pass: ledger.follow(), endOffset: Number.POSITIVE_INFINITY }
    })
    const options = { maxBytes: 8 * MIB, partitionMaxBytes: MIB, maxWaitMs: FOLLOW_WAIT_MS }
    const findings = new FindingsOf()
    while (!signal.aborted) {
      await fetchOnce(connection, readings, options, findings)
      const [found] = findings.all
      if (found !== undefined) throw found
    }
  }
}

/** Small segments, so that they roll; a topic with Kafka's defaults; one that syncs rarely. */
function topicsOf(generation: number): NewTopic[] {
  const name = (kind: string): string => `crash-${generation}-${kind}`
  return [
    { name: name('small-segments'), partitions: 8, configs: { 'segment.bytes': '1048576' } },
    { name: name('plain'), partitions: 8, configs: {} },
    { name: name('larger-segments'), partitions: 4, configs: { 'segment.bytes': '5000000' } },
  ]
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
