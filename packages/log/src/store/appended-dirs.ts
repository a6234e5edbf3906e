import { MINUTE_MS } from '@pafka/base'

import type { LogDir } from './log-dir.ts'
import { onlineDir } from './log-dir.ts'

/** Who appended within so long may come again any moment. */
const LATELY_MS = 10 * MINUTE_MS

/** Which log dirs get records: a full one where nobody appends is in nobody's way. */
export class AppendedDirs {
  readonly #dirs: readonly LogDir[]
  /** Of logs whose newest segment lies there, their ends together. */
  #ends = new Map<LogDir, number>()
  readonly #changedMs = new Map<LogDir, number>()

  constructor(dirs: readonly LogDir[]) {
    this.#dirs = dirs
  }

  /** @param nowMs of a clock that never goes back */
  look(nowMs: number): void {
    const ends = new Map<LogDir, number>()
    for (const home of this.#dirs) {
      for (const { parts } of home.logs) {
        const { moved } = parts.segments.active ?? {}
        const dir = (moved && onlineDir(this.#dirs, moved.directoryId)) ?? home
        ends.set(dir, (ends.get(dir) ?? 0) + parts.logEndOffset)
      }
    }
    for (const dir of this.#dirs) {
      const isFirst = !this.#changedMs.has(dir)
      const hasChanged = ends.get(dir) !== this.#ends.get(dir)
      if (isFirst || hasChanged) this.#changedMs.set(dir, nowMs)
    }
    this.#ends = ends
  }

  /** True until it has been looked at for long enough. */
  isAppended(dir: LogDir, nowMs: number): boolean {
    return nowMs - (this.#changedMs.get(dir) ?? nowMs) < LATELY_MS
  }
}
