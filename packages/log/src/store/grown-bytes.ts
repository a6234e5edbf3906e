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
  /** Where the journal's ring lies; a path is too dear to compare for each request. */
  #ringDir: LogDir | undefined

  constructor(state: Pick<StoreState, 'dirs' | 'engine'>) {
    this.#state = state
    this.look()
  }

  /** From now on, anew. */
  look(): void {
    const { dirs, engine } = this.#state
    this.#ringDir = engine && dirs.find(({ path }) => isWithin(engine.folder, path))
    for (const dir of dirs) this.#before.set(dir, this.#countedOf(dir))
  }

  /** A sum of two numbers: cheap enough for each request. */
  of(dir: LogDir): number {
    return this.#countedOf(dir) - (this.#before.get(dir) ?? 0)
  }

  #countedOf(dir: LogDir): number {
    const ring = dir === this.#ringDir ? (this.#state.engine?.preparedBytes ?? 0) : 0
    return dir.appendedBytes + ring
  }
}
