import type { CatalogLog } from './catalog-log.ts'

/** Ids written down at once; a crash loses at most this many, of 2^63. As in Kafka. */
const BLOCK_IDS = 1000

/** Hands out producer ids, each at most once in the life of the cluster. */
export class ProducerIds {
  readonly #log: CatalogLog
  #nextId = 0
  #blockEnd = 0
  #reserving: Promise<void> | undefined

  constructor(log: CatalogLog) {
    this.#log = log
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
    const block = this.#log.state.nextProducerIdBlock
    await this.#log.append([{ kind: 'producer-ids-reserved', nextBlock: block + 1 }])
    this.#nextId = block * BLOCK_IDS
    this.#blockEnd = this.#nextId + BLOCK_IDS
  }
}
