import { isWithin } from '../files/is-within.ts'
import type { LogDir } from './log-dir.ts'
import type { StoreState } from './store-state.ts'

/**
 * What log dirs got since they were looked at, by appends and by the ring of the journal: a look
 * walks over all segments, and a burst fills a small disk between two of them.
 */
export class GrownBytes {
  readonly #state: Pick<StoreState, 'dirs' | 'engine'>
  readonly #before = new Map<LogDir, number>()

  constructor(state: Pick<StoreState, 'dirs' | 'engine'>) {
    this.#state = state
    this.look()
  }

  /** From now on, anew. */
  look(): void {
    for (const dir of this.#state.dirs) this.#before.set(dir, this.#countedOf(dir))
  }

  /** A sum of two numbers: cheap enough for each request. */
  of(dir: LogDir): number {
    return this.#countedOf(dir) - (this.#before.get(dir) ?? 0)
  }

  #countedOf(dir: LogDir): number {
    const { engine } = this.#state
    const isRingThere = engine !== undefined && isWithin(engine.folder, dir.path)
    return dir.appendedBytes + (isRingThere ? engine.preparedBytes : 0)
  }
}
