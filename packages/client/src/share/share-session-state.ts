import type { AcknowledgementBatch } from './acknowledgements.ts'

/** A partition, as share sessions have it. */
export interface SharedPlace {
  readonly topicId: string
  readonly partition: number
}

/** What is said of the records of a partition. */
export interface SharedSaying extends SharedPlace {
  readonly batches: readonly AcknowledgementBatch[]
}

interface TopicSayings {
  readonly topicId: string
  readonly partitions: {
    readonly partitionIndex: number
    readonly acknowledgementBatches: readonly AcknowledgementBatch[]
  }[]
}

/** What a request says of its session. */
export interface ShareSessionAsk {
  readonly shareSessionEpoch: number
  readonly topics: TopicSayings[]
  readonly forgottenTopicsData: { readonly topicId: string; readonly partitions: number[] }[]
}

const BEGIN_EPOCH = 0
const END_EPOCH = -1
const MAX_EPOCH = 2 ** 31 - 1

/**
 * What one broker remembers of what this member fetches from it (KIP-932): each request names only
 * what changed. What the member is given is its own while the session lasts.
 */
export class ShareSessionState {
  readonly #known = new Map<string, SharedPlace>()
  #epoch = BEGIN_EPOCH

  get isOpen(): boolean {
    return this.#epoch !== BEGIN_EPOCH
  }

  /** @param sayings of wanted partitions, and none while the session is not open */
  fetch(wanted: readonly SharedPlace[], sayings: readonly SharedSaying[]): ShareSessionAsk {
    const now = new Map(wanted.map((place) => [placeKey(place), place]))
    const added = wanted.filter((place) => !this.#known.has(placeKey(place)))
    const gone = [...this.#known].flatMap(([key, place]) => (now.has(key) ? [] : [place]))
    this.#known.clear()
    for (const [key, place] of now) this.#known.set(key, place)
    const said = new Set(sayings.map(placeKey))
    const silent = added.filter((place) => !said.has(placeKey(place)))
    return {
      shareSessionEpoch: this.#epoch,
      topics: topicsOf([...sayings, ...silent.map((place) => ({ ...place, batches: [] }))]),
      forgottenTopicsData: [...Map.groupBy(gone, ({ topicId }) => topicId)].map(
        ([topicId, own]) => ({ topicId, partitions: own.map(({ partition }) => partition) }),
      ),
    }
  }

  /** @param isLast whether it ends the session: what is still the member's goes to others */
  acknowledge(
    sayings: readonly SharedSaying[],
    isLast: boolean,
  ): Omit<ShareSessionAsk, 'forgottenTopicsData'> {
    return { shareSessionEpoch: isLast ? END_EPOCH : this.#epoch, topics: topicsOf(sayings) }
  }

  answered(): void {
    this.#epoch = this.#epoch === MAX_EPOCH ? 1 : this.#epoch + 1
  }

  /** The next request begins anew. */
  reset(): void {
    this.#known.clear()
    this.#epoch = BEGIN_EPOCH
  }
}

function topicsOf(sayings: readonly SharedSaying[]): TopicSayings[] {
  return [...Map.groupBy(sayings, ({ topicId }) => topicId)].map(([topicId, own]) => ({
    topicId,
    partitions: own.map(({ partition: partitionIndex, batches: acknowledgementBatches }) => {
      return { partitionIndex, acknowledgementBatches }
    }),
  }))
}

/** For maps and sets. */
export function placeKey({ topicId, partition }: SharedPlace): string {
  return `${partition} ${topicId}`
}
