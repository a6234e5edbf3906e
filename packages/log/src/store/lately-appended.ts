import { MINUTE_MS } from '@pafka/base'

import type { LogDir } from './log-dir.ts'

/** Who appended within so long may come again any moment. */
const LATELY_MS = 10 * MINUTE_MS

/** Whether a log dir gets records: a full one where nobody appends is in nobody's way. */
export class LatelyAppended {
  readonly #dir: Pick<LogDir, 'appendedBytes'>
  #appendedBytes: number
  #appendedMs: number

  /** @param appendedMs when somebody did that last, as far as it is known */
  constructor(dir: Pick<LogDir, 'appendedBytes'>, appendedMs: number) {
    this.#dir = dir
    this.#appendedBytes = dir.appendedBytes
    this.#appendedMs = appendedMs
  }

  /**
   * What came since it was asked before counts from now on. Cheap enough for each request.
   * @param nowMs of a clock that never goes back
   */
  isSo(nowMs: number): boolean {
    const { appendedBytes } = this.#dir
    if (appendedBytes !== this.#appendedBytes) {
      this.#appendedBytes = appendedBytes
      this.#appendedMs = nowMs
    }
    return nowMs - this.#appendedMs < LATELY_MS
  }
}
