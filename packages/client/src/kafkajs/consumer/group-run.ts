import type { Cluster } from '../../cluster/cluster.ts'
import { partitionKey, type TopicPartition } from '../../cluster/topic-partition.ts'
import { ClassicMember } from '../../consumer/group/classic-member.ts'
import type { Generation } from '../../consumer/group/group-member.ts'
import { GroupOffsets } from '../../consumer/group/group-offsets.ts'
import type { GroupProtocol } from '../../consumer/group/group-protocol.ts'
import type { PartitionReader } from '../../consumer/partition-reader.ts'
import type { StartPoint } from '../../consumer/record-flow.ts'
import type { KafkaError } from '../../errors/kafka-error.ts'
import { retrying } from '../../time/retrying.ts'
import { sleep } from '../../time/sleep.ts'
import type { Connected } from '../client-session.ts'
import type { EventEmitter } from '../events/emitter.ts'
import type { Logger } from '../logger-types.ts'
import type { RetryTerms } from '../retry-terms.ts'
import type { TopicPartitions } from '../topic-types.ts'
import type { ConsumerConfig, ConsumerRunConfig } from './consumer-types.ts'
import { flowOf } from './flow-of.ts'
import { GroupEvents } from './group-events.ts'
import { OffsetKeeper } from './offset-keeper.ts'
import { OwnedPartition } from './owned-partition.ts'
import type { PausedPartitions } from './paused-partitions.ts'
import { RunLoops } from './run-loops.ts'

const DEFAULT_SESSION_TIMEOUT_MS = 30_000
const DEFAULT_REBALANCE_TIMEOUT_MS = 60_000
const DEFAULT_HEARTBEAT_INTERVAL_MS = 3000
/** Part of the rebalance timeout in which what is being handled may come to its end. */
const PATIENCE = 0.5
/** In the place of an offset: the first one, and the next to come. */
const EARLIEST_TEXT = '-2'
const LATEST_TEXT = '-1'

export interface GroupRunOptions {
  readonly connected: Connected
  readonly config: ConsumerConfig
  readonly run: ConsumerRunConfig
  /** By topic: whether to begin with its first record where the group was not before. */
  readonly topics: ReadonlyMap<string, { readonly fromBeginning: boolean }>
  readonly protocol: GroupProtocol
  readonly paused: PausedPartitions
  readonly retry: RetryTerms
  readonly events: EventEmitter
  readonly logger: Logger
  /** It cannot go on; it is to be stopped. */
  readonly crashed: (error: unknown) => void
}

/** A member of a group, from `run` to `stop`. */
export class GroupRun {
  readonly offsets: OffsetKeeper
  readonly #options: GroupRunOptions
  readonly #lanes: ReturnType<Cluster['ownLanes']>
  readonly #flow: ReturnType<typeof flowOf>
  readonly #groupOffsets: GroupOffsets
  readonly #member: ClassicMember
  readonly #events: GroupEvents
  readonly #loops: RunLoops
  readonly #owned = new Map<string, OwnedPartition>()
  /** Where the program wants to go on, as soon as that can be. */
  readonly #sought = new Map<string, string>()
  readonly #joined = Promise.withResolvers<void>()
  #stopping: Promise<void> | undefined

  constructor(options: GroupRunOptions) {
    const { connected, config, topics, protocol, events, logger, run, retry } = options
    const { cluster, random } = connected
    const { clock } = connected.options
    const { groupId } = config
    this.#options = options
    this.#lanes = cluster.ownLanes()
    this.#flow = flowOf(options, this.#lanes.fetch, (reader) => this.#wasReset(reader))
    this.#groupOffsets = new GroupOffsets(cluster, groupId)
    this.offsets = new OffsetKeeper({
      ...{ groupId, config: run, offsets: this.#groupOffsets, events, clock, random },
      timeoutMs: retry.totalMs,
      member: () => this.#member,
    })
    this.#events = new GroupEvents({ groupId, topics, events, logger })
    this.#loops = new RunLoops({
      ...{ flow: this.#flow, offsets: this.offsets, config: run, retry, clock, events, logger },
      ownerOf: (reader) => this.#owned.get(partitionKey(reader)),
      takeSought: (own) => this.#takeSought(own),
      isPaused: ({ place }) => options.paused.isPaused(place),
      pause: ({ place: { topic, partition } }) => {
        this.pause(topic, [partition])
        return () => this.resume(topic, [partition])
      },
      crashed: options.crashed,
    })
    this.#member = new ClassicMember({
      ...{ cluster, clock, random, groupId, protocol, instanceId: null, rack: config.rackId },
      topics: () => [...topics.keys()],
      lane: this.#lanes.group,
      sessionTimeoutMs: config.sessionTimeout ?? DEFAULT_SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: config.rebalanceTimeout ?? DEFAULT_REBALANCE_TIMEOUT_MS,
      heartbeatIntervalMs: config.heartbeatInterval ?? DEFAULT_HEARTBEAT_INTERVAL_MS,
      events: {
        assigned: (partitions) => void this.#take(partitions),
        revoked: async (partitions) => this.#giveUp(partitions),
        lost: (partitions) => this.#lose(partitions),
        joined: (generation) => this.#hasJoined(generation),
        rejoins: () => this.#events.rejoins(this.#member.identity),
        beat: () => this.#events.beat(this.#member.identity),
        failed: (error) => this.#fail(error),
      },
    })
  }

  /** Ends when the group has taken it in for the first time. @throws why it does not */
  async joined(): Promise<void> {
    await this.#joined.promise
  }

  /** Ends when what is being handled has an end, and the group knows that it has left. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  seek({ topic, partition }: TopicPartition, offset: string): void {
    const key = partitionKey({ topic, partition })
    this.#sought.set(key, offset)
    const own = this.#owned.get(key)
    if (own === undefined || own.isEnded) return
    // what is under way is left at the next step; it goes on there then
    own.isSought = true
    if (!own.isBusy) this.#loops.goOn(own, undefined)
  }

  pause(topic: string, partitions: readonly number[] | undefined): void {
    this.#options.paused.pause(topic, partitions)
    this.#pauseAsWanted()
  }

  resume(topic: string, partitions: readonly number[] | undefined): void {
    this.#options.paused.resume(topic, partitions)
    this.#pauseAsWanted()
  }

  paused(): TopicPartitions[] {
    const places = [...this.#owned.values()].map(({ place }) => place)
    return this.#options.paused.among(places)
  }

  #pauseAsWanted(): void {
    for (const own of this.#owned.values()) this.#loops.settle(own)
  }

  #hasJoined(generation: Generation): void {
    this.#events.joined(generation)
    this.#loops.start()
    // those that it gets are its own before anybody hears of it
    queueMicrotask(() => this.#joined.resolve())
  }

  /** Goes on where the group was. */
  async #take(partitions: readonly TopicPartition[]): Promise<void> {
    const { topics, connected } = this.#options
    const own = partitions
      .filter(({ topic }) => topics.has(topic))
      .map((place) => {
        return new OwnedPartition(place)
      })
    for (const one of own) {
      this.#owned.set(partitionKey(one.place), one)
      this.offsets.ledger.open(one.place)
    }
    const { random, options } = connected
    const { clock } = options
    try {
      const places = own.map(({ place }) => place)
      const committed = await retrying(async () => this.#groupOffsets.fetch(places, undefined), {
        ...{ clock, random, deadlineMs: Infinity },
      })
      const offsets = new Map(committed.map((one) => [partitionKey(one), one.offset]))
      for (const one of own) this.#begin(one, offsets.get(partitionKey(one.place)))
    } catch (error) {
      this.#options.crashed(error)
    }
  }

  #begin(own: OwnedPartition, offset: number | undefined): void {
    if (own.isEnded || this.#stopping !== undefined) return
    const { topic, partition } = own.place
    if (offset !== undefined) this.offsets.ledger.committed(own.place, offset)
    const { fromBeginning = false } = this.#options.topics.get(topic) ?? {}
    const start = offset === undefined ? (fromBeginning ? 'earliest' : 'latest') : { offset }
    own.reader = this.#flow.add(topic, partition, start)
    own.reader.keepsTaken = true
    this.#loops.settle(own)
    if (this.#sought.has(partitionKey(own.place))) this.#loops.goOn(own, undefined)
  }

  /** @returns where the program wants to go on; undefined when it did not say so */
  #takeSought(own: OwnedPartition): StartPoint | undefined {
    const key = partitionKey(own.place)
    const offset = this.#sought.get(key)
    this.#sought.delete(key)
    if (offset === undefined) return undefined
    if (offset === EARLIEST_TEXT) return 'earliest'
    return offset === LATEST_TEXT ? 'latest' : { offset: Number(offset) }
  }

  /** It has no such offset: the group goes on there, too, where one goes on that has none. */
  #wasReset(reader: PartitionReader): void {
    const own = this.#owned.get(partitionKey(reader))
    // what the program has still is committed when it is handled
    if (own?.reader !== reader || own.isEnded || own.isBusy) return
    this.offsets.ledger.seek(own.place, undefined)
    if (!this.offsets.isAuto) return
    const { fromBeginning = false } = this.#options.topics.get(own.place.topic) ?? {}
    const offset = Number(fromBeginning ? EARLIEST_TEXT : LATEST_TEXT)
    this.offsets.commitOne(own.place, offset).catch(() => {})
  }

  /** Others get them when this ends: what is resolved is committed before. */
  async #giveUp(partitions: readonly TopicPartition[]): Promise<void> {
    const own = this.#end(partitions)
    await this.#within(Promise.all(own.map(async (one) => one.idle())))
    await this.offsets.autoCommit().catch(() => {})
    for (const one of own) this.#forget(one)
  }

  /** Waits for what is being handled, but not for ever: others wait for this member. */
  async #within(handled: Promise<unknown>): Promise<void> {
    const { config, connected } = this.#options
    const { rebalanceTimeout = DEFAULT_REBALANCE_TIMEOUT_MS } = config
    const enough = new AbortController()
    const late = sleep(connected.options.clock, rebalanceTimeout * PATIENCE, enough.signal)
    await Promise.race([handled, late]).catch(() => {})
    enough.abort()
    await late.catch(() => {})
  }

  #lose(partitions: readonly TopicPartition[]): void {
    for (const own of this.#end(partitions)) this.#forget(own)
  }

  #end(partitions: readonly TopicPartition[]): OwnedPartition[] {
    return partitions.flatMap((place) => {
      const own = this.#owned.get(partitionKey(place))
      if (own === undefined) return []
      own.isEnded = true
      if (own.reader !== undefined) this.#flow.remove(own.reader)
      return own
    })
  }

  #forget(own: OwnedPartition): void {
    const key = partitionKey(own.place)
    if (this.#owned.get(key) !== own) return
    this.#owned.delete(key)
    this.offsets.ledger.close(own.place)
  }

  #fail(error: KafkaError): void {
    this.#joined.reject(error)
    this.#options.crashed(error)
  }

  async #stop(): Promise<void> {
    this.#joined.resolve()
    await this.#loops.stop()
    await this.#member.leave(true)
    const { cluster } = this.#options.connected
    for (const lane of [this.#lanes.fetch, this.#lanes.group]) cluster.closeLane(lane)
  }
}
