import type { CatalogLog } from './catalog-log.ts'

/** Ids written down at once; a crash loses at most this many, of 2^63. As in Kafka. */
const BLOCK_IDS = 1000

/** Hands out producer ids, each at most once in the life of the cluster. */
export class ProducerIds {
  readonly #log: CatalogLog
  readonly #largestUsed: () => Promise<number>
  #nextId = 0
  #blockEnd = 0
  #reserving: Promise<void> | undefined

  /**
   * @param largestUsed the largest id that any log knows, or -1: the catalog may be new, or an
   * older copy. Asked once, by the first who wants one
   */
  constructor(log: CatalogLog, largestUsed: () => Promise<number>) {
    this.#log = log
    this.#largestUsed = largestUsed
  }

  /** @throws {StorageError} when the block it is from cannot be made durable. */
  async next(): Promise<number> {
    while (this.#nextId === this.#blockEnd) {
      this.#reserving ??= this.#reserve().finally(() => (this.#reserving = undefined))
      await this.#reserving
    }
    return this.#nextId++
  }

  async #reserve(): Promise<void> {
    const unused = this.#blockEnd > 0 ? 0 : Math.floor((await this.#largestUsed()) / BLOCK_IDS) + 1
    const block = Math.max(this.#log.state.nextProducerIdBlock, unused)
    await this.#log.append([{ kind: 'producer-ids-reserved', nextBlock: block + 1 }])
    this.#nextId = block * BLOCK_IDS
    this.#blockEnd = this.#nextId + BLOCK_IDS
  }
}
