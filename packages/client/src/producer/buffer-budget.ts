import { Bell } from '../time/bell.ts'

/** Bounds what is buffered: who finds it used up waits, in order, until enough was sent. */
export class BufferBudget {
  readonly limitBytes: number
  #usedBytes = 0
  readonly #room = new Bell()

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** The last to come in may pass the limit, by one record. */
  get isFull(): boolean {
    return this.#usedBytes >= this.limitBytes
  }

  take(bytes: number): void {
    this.#usedBytes += bytes
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes
    if (!this.isFull) this.#room.ring()
  }

  /** Ends when there is room, which others may have taken then: look again. */
  freed(): Promise<void> {
    return this.isFull ? this.#room.heard() : Promise.resolve()
  }
}
