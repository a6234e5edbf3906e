import { StorageError } from '@pafka/base'

import type { LogWriterOwner } from '../partition/log-writer.ts'

type Owner = Pick<LogWriterOwner, 'parts' | 'written' | 'storeWorks'>

/** Lets nothing of a log count before the name of its folder outlives power loss. */
export class FolderNaming {
  readonly #owner: Owner
  readonly #name: () => Promise<void>
  readonly #failed: (error: StorageError) => void
  #running: Promise<void> | undefined
  /** All before it is durable but for the name; -1 for nothing. */
  #heldTo = -1
  /** What was queued is given up: it does not count whatever becomes of the name. */
  isGivenUp = false

  constructor(owner: Owner, name: () => Promise<void>, failed: (error: StorageError) => void) {
    this.#owner = owner
    this.#name = name
    this.#failed = failed
  }

  get isHeld(): boolean {
    return this.#heldTo >= 0
  }

  /** Begins it if need be; one that failed before is tried again. */
  begin(): void {
    if (this.#owner.parts.isNamed) return
    this.#running ??= this.#name().then(
      () => this.#named(),
      (cause: unknown) => this.#unnamed(cause),
    )
  }

  /** Resolves when nothing is under way, however it ended. */
  async settled(): Promise<void> {
    await this.#running
  }

  /** All before `endOffset` is durable: it counts, or is held until it does. */
  durable(endOffset: number): void {
    if (this.#owner.parts.isNamed) this.#owner.written(endOffset)
    else this.#heldTo = endOffset
  }

  /** The log ends there now: of what was held more is gone, and the next append counts the rest. */
  cut(endOffset: number): void {
    if (this.#heldTo > endOffset) this.#heldTo = -1
  }

  giveUp(): void {
    this.isGivenUp = true
    this.#heldTo = -1
  }

  #named(): void {
    this.#running = undefined
    this.#owner.parts.isNamed = true
    if (this.isGivenUp) return
    this.#owner.storeWorks()
    if (!this.isHeld) return
    const endOffset = this.#heldTo
    this.#heldTo = -1
    this.#owner.written(endOffset)
  }

  #unnamed(cause: unknown): void {
    this.#running = undefined
    if (this.isGivenUp) return
    this.#failed(new StorageError(`cannot name the log: ${String(cause)}`, { cause }))
  }
}
