import type { FetchRequestFetchTopic, FetchRequestForgottenTopic } from '@pafka/protocol'

/** A partition as a fetch asks for it. */
export interface WantedPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly fetchOffset: number
  readonly leaderEpoch: number
}

/** What a fetch says of its session, and of partitions that changed since the last one. */
export interface SessionAsk {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly topics: FetchRequestFetchTopic[]
  readonly forgottenTopicsData: FetchRequestForgottenTopic[]
}

const MAX_EPOCH = 2 ** 31 - 1

/**
 * What one broker remembers of what we fetch from it, so that each request names only what changed
 * (KIP-227).
 */
export class FetchSessionState {
  readonly #partitionMaxBytes: number
  #known = new Map<string, WantedPartition>()
  #sessionId = 0
  #nextEpoch = 0
  /** Topics of a session are named by id, or by name, but not by both. */
  #byId = false

  constructor(partitionMaxBytes: number) {
    this.#partitionMaxBytes = partitionMaxBytes
  }

  /** @param byId whether this request names topics by id */
  ask(wanted: readonly WantedPartition[], byId: boolean): SessionAsk {
    if (byId !== this.#byId) this.reset()
    this.#byId = byId
    const now = new Map(wanted.map((one) => [this.#keyOf(one), one]))
    const changed = wanted.filter((one) => {
      const known = this.#known.get(this.#keyOf(one))
      return known?.fetchOffset !== one.fetchOffset || known.leaderEpoch !== one.leaderEpoch
    })
    const gone = [...this.#known].flatMap(([key, one]) => (now.has(key) ? [] : [one]))
    this.#known = now
    return {
      sessionId: this.#sessionId,
      sessionEpoch: this.#nextEpoch,
      topics: byTopic(changed).map(([first, ofTopic]) => ({
        ...{ topic: first.topic, topicId: first.topicId },
        partitions: ofTopic.map((one) => this.#asked(one)),
      })),
      forgottenTopicsData: byTopic(gone).map(([{ topic, topicId }, ofTopic]) => {
        return { topic, topicId, partitions: ofTopic.map(({ partition }) => partition) }
      }),
    }
  }

  /** @param sessionId of the answer; 0 where the broker keeps none */
  answered(sessionId: number): void {
    if (sessionId === 0) {
      this.reset()
      return
    }
    this.#sessionId = sessionId
    this.#nextEpoch = this.#nextEpoch === MAX_EPOCH ? 1 : this.#nextEpoch + 1
  }

  /** The next request begins anew; the broker drops a session that it still has. */
  reset(): void {
    this.#known.clear()
    this.#sessionId = 0
    this.#nextEpoch = 0
  }

  #asked(one: WantedPartition): FetchRequestFetchTopic['partitions'][number] {
    return {
      ...{ partition: one.partition, currentLeaderEpoch: one.leaderEpoch },
      ...{ fetchOffset: one.fetchOffset, lastFetchedEpoch: -1, logStartOffset: -1 },
      partitionMaxBytes: this.#partitionMaxBytes,
    }
  }

  #keyOf({ topic, topicId, partition }: WantedPartition): string {
    return `${partition} ${this.#byId ? topicId : topic}`
  }
}

function byTopic(
  partitions: readonly WantedPartition[],
): (readonly [WantedPartition, WantedPartition[]])[] {
  const topics = new Map<string, [WantedPartition, WantedPartition[]]>()
  for (const one of partitions) {
    const key = `${one.topicId} ${one.topic}`
    const ofTopic = topics.get(key)
    if (ofTopic === undefined) topics.set(key, [one, [one]])
    else ofTopic[1].push(one)
  }
  return [...topics.values()]
}
