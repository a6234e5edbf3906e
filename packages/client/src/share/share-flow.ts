import type { Clock, Random } from '@pafka/base'

import { partitionKey, type TopicPartition } from '../cluster/topic-partition.ts'
import type { OwnLane } from '../connection/broker-link.ts'
import type { RecordSource } from '../consumer/consumer-record.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import { Bell } from '../time/bell.ts'
import type { Deadline } from '../time/deadline.ts'
import { retrying } from '../time/retrying.ts'
import type { ShareBrokers } from './share-brokers.ts'
import { ShareFetcher, type SharePartition, type ShareTerms } from './share-fetcher.ts'
import type { ShareHold } from './share-hold.ts'
import type { ShareJob } from './share-job.ts'
import { placeKey } from './share-session-state.ts'

export interface ShareFlowOptions<K, V> {
  readonly cluster: ShareBrokers
  readonly clock: Clock
  readonly random: Random
  /** To be closed by who gave it. */
  readonly lane: OwnLane
  readonly terms: ShareTerms
  readonly memberId: () => string
  readonly sourceOf: (place: TopicPartition) => RecordSource<K, V> | undefined
  refused(this: void, job: ShareJob<K, V>, error: KafkaError): void
  readonly failed: (error: KafkaError) => void
}

interface Route<K, V> {
  readonly fetcher: ShareFetcher<K, V>
  readonly partition: SharePartition<K, V>
}

/** Jobs of all partitions of a member, from the brokers that lead them. */
export class ShareFlow<K, V> {
  readonly #options: ShareFlowOptions<K, V>
  readonly #fetchers = new Map<number, ShareFetcher<K, V>>()
  readonly #assigned = new Map<string, TopicPartition>()
  readonly #routes = new Map<string, Route<K, V>>()
  /** With something to take, in the order in which it came. */
  readonly #ready = new Set<ShareHold<K, V>>()
  readonly #unlisten: () => void
  readonly #change = new Bell()
  #isClosed = false

  constructor(options: ShareFlowOptions<K, V>) {
    this.#options = options
    this.#unlisten = options.cluster.metadata.listen(() => {
      for (const key of this.#assigned.keys()) this.#route(key)
    })
  }

  get assignment(): readonly TopicPartition[] {
    return [...this.#assigned.values()]
  }

  assign(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) {
      const key = partitionKey(place)
      this.#assigned.set(key, place)
      this.#route(key)
    }
  }

  unassign(partitions: readonly TopicPartition[]): void {
    for (const place of partitions) {
      const key = partitionKey(place)
      this.#assigned.delete(key)
      this.#leave(key)
    }
  }

  /** @returns undefined when there is nothing now. @throws {KafkaError} CORRUPT_MESSAGE */
  take(): ShareHold<K, V> | undefined {
    for (const hold of this.#ready) {
      this.#ready.delete(hold)
      if (!hold.isEmpty) return hold
    }
    return undefined
  }

  /** Ends when there may be something to take, or the flow is closed. */
  async changed(): Promise<void> {
    if (this.#ready.size > 0 || this.#isClosed) return
    await this.#change.heard()
  }

  /** Something was taken, or settled: there may be room for more. */
  taken(): void {
    for (const fetcher of this.#fetchers.values()) fetcher.wake()
  }

  /** Ends when all that was said is answered. */
  async settled(): Promise<void> {
    await Promise.all([...this.#fetchers.values()].map(async (fetcher) => fetcher.settled()))
  }

  /** Nothing is given any more; what was given may still be settled. */
  stop(): void {
    this.#isClosed = true
    this.#unlisten()
    this.#change.ring()
  }

  /** Says what is to be said, while there is time, and gives back all the rest. */
  async close(
    error: KafkaError,
    { deadline, leastMs = 0 }: { readonly deadline: Deadline; readonly leastMs?: number },
  ): Promise<void> {
    this.stop()
    const fetchers = [...this.#fetchers.values()]
    const closed = Promise.all(fetchers.map(async (fetcher) => fetcher.close(error)))
    await deadline.wait(closed, leastMs)
    for (const fetcher of fetchers) fetcher.end(error)
  }

  /** To its leader. */
  #route(key: string): void {
    const place = this.#assigned.get(key)
    if (place === undefined) return
    const { cluster, sourceOf } = this.#options
    const { topic, partition } = place
    const known = cluster.metadata.find(topic)
    const leaderId = known?.partitions[partition]?.leaderId ?? -1
    const source = sourceOf(place)
    if (known === undefined || source === undefined || !cluster.metadata.nodes.has(leaderId)) {
      cluster.metadata.outdated()
      return
    }
    const shared = { topicId: known.id, partition, source }
    const fetcher = this.#fetcherOf(leaderId)
    const before = this.#routes.get(key)
    const isSame = before?.fetcher === fetcher && placeKey(before.partition) === placeKey(shared)
    if (isSame) return
    this.#leave(key)
    this.#routes.set(key, { fetcher, partition: shared })
    fetcher.add(shared)
  }

  #leave(key: string): void {
    const route = this.#routes.get(key)
    this.#routes.delete(key)
    route?.fetcher.remove(route.partition)
  }

  #fetcherOf(nodeId: number): ShareFetcher<K, V> {
    const known = this.#fetchers.get(nodeId)
    if (known !== undefined) return known
    const { cluster, clock, random, lane, terms, memberId, refused, failed } = this.#options
    const fetcher = new ShareFetcher<K, V>({
      ...{ cluster, clock, random, nodeId, lane, terms, memberId, refused, failed },
      ready: (hold) => {
        const preparing = hold.prepare()
        if (preparing === undefined) this.#isReady(hold)
        else void this.#prepared(hold, preparing)
      },
    })
    this.#fetchers.set(nodeId, fetcher)
    return fetcher
  }

  #isReady(hold: ShareHold<K, V>): void {
    this.#ready.add(hold)
    this.#change.ring()
  }

  /** Gives its jobs on when what they need was looked up, however long that takes. */
  async #prepared(hold: ShareHold<K, V>, preparing: Promise<unknown>): Promise<void> {
    const { clock, random, failed } = this.#options
    try {
      await retrying(
        async (failures) => {
          if (failures === 0) await preparing
          else if (!this.#isClosed) await hold.prepare()
        },
        { clock, random, deadlineMs: Infinity },
      )
      this.#isReady(hold)
    } catch (cause) {
      failed(cause instanceof KafkaError ? cause : notPrepared(cause))
    }
  }
}

function notPrepared(cause: unknown): KafkaError {
  const text = `Jobs could not be prepared: ${String(cause)}`
  return new KafkaError('DECODING_FAILED', text, { kind: 'fatal', cause })
}
