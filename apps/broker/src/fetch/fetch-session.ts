import { assert } from '@pafka/base'

/** What a consumer asked of one partition, and what it was last told. */
export interface FetchedPartition {
  readonly key: string
  /** Name up to version 12, id from 13 on; the other is looked up and may be unknown. */
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  currentLeaderEpoch: number
  fetchOffset: number
  lastFetchedEpoch: number
  maxBytes: number
  /** `isolation.level=read_committed` */
  readsCommitted: boolean
  /** -1 when nothing was told yet. */
  toldHighWatermark: number
  toldLogStartOffset: number
}

export const FINAL_EPOCH = -1
export const INITIAL_EPOCH = 0
const MAX_EPOCH = 2 ** 31 - 1

/** The partitions a consumer follows, so that each fetch names only what changed (KIP-227). */
export class FetchSession {
  readonly id: number
  /** In the order they are served; one that got data moves to the end, so that none starves. */
  readonly partitions: Map<string, FetchedPartition>
  /** Whether its topics are named by id: that does not change. */
  readonly byId: boolean
  lastUsedMs: number
  #nextEpoch = 1

  constructor(
    id: number,
    partitions: Map<string, FetchedPartition>,
    { byId, nowMs }: { readonly byId: boolean; readonly nowMs: number },
  ) {
    this.id = id
    this.partitions = partitions
    this.byId = byId
    this.lastUsedMs = nowMs
  }

  /** The epoch that the next request must carry. */
  get nextEpoch(): number {
    return this.#nextEpoch
  }

  advance(nowMs: number): void {
    this.lastUsedMs = nowMs
    this.#nextEpoch = this.#nextEpoch === MAX_EPOCH ? 1 : this.#nextEpoch + 1
  }

  /** Adds a partition, or takes over what is asked of it now. */
  follow(asked: FetchedPartition): void {
    const known = this.partitions.get(asked.key)
    if (known === undefined) {
      this.partitions.set(asked.key, asked)
      return
    }
    known.currentLeaderEpoch = asked.currentLeaderEpoch
    known.fetchOffset = asked.fetchOffset
    known.lastFetchedEpoch = asked.lastFetchedEpoch
    known.maxBytes = asked.maxBytes
    known.readsCommitted = asked.readsCommitted
  }

  forget(key: string): void {
    this.partitions.delete(key)
  }

  moveToEnd(key: string): void {
    const partition = this.partitions.get(key)
    if (partition === undefined) return
    this.partitions.delete(key)
    this.partitions.set(key, partition)
  }
}

export interface FetchSessionCacheOptions {
  readonly slots: number
  /** A session used more recently than this is not pushed out by a new one. */
  readonly evictionMs: number
  /** Uniform in [0, 1). */
  readonly random: () => number
}

/** All fetch sessions, bounded; a consumer that gets none fetches in full. */
export class FetchSessionCache {
  readonly #options: FetchSessionCacheOptions
  /** Least recently used first. */
  readonly #sessions = new Map<number, FetchSession>()

  constructor(options: FetchSessionCacheOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#sessions.size
  }

  get(id: number): FetchSession | undefined {
    return this.#sessions.get(id)
  }

  /** Marks a session as used. */
  touch(session: FetchSession, nowMs: number): void {
    session.advance(nowMs)
    this.#sessions.delete(session.id)
    this.#sessions.set(session.id, session)
  }

  /** @returns undefined when every slot is in recent use. */
  create(
    partitions: Map<string, FetchedPartition>,
    byId: boolean,
    nowMs: number,
  ): FetchSession | undefined {
    if (this.#options.slots === 0) return undefined
    if (this.#sessions.size >= this.#options.slots && !this.#evictOne(nowMs)) return undefined
    const session = new FetchSession(this.#freeId(), partitions, { byId, nowMs })
    this.#sessions.set(session.id, session)
    return session
  }

  remove(id: number): void {
    this.#sessions.delete(id)
  }

  #evictOne(nowMs: number): boolean {
    const oldest = this.#sessions.values().next().value
    assert(oldest !== undefined, 'a full cache has an oldest session')
    if (nowMs - oldest.lastUsedMs < this.#options.evictionMs) return false
    this.#sessions.delete(oldest.id)
    return true
  }

  /** Random, so that a client of an earlier run does not hit a stranger's session. */
  #freeId(): number {
    for (;;) {
      const id = 1 + Math.floor(this.#options.random() * MAX_EPOCH)
      if (!this.#sessions.has(id)) return id
    }
  }
}
