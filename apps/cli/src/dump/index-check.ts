import { StorageError } from '@pafka/base'
import type { RecordBatchView } from '@pafka/protocol'

import { type BatchStep, walkBatches } from './batch-walk.ts'
import { DumpFile } from './dump-file.ts'
import { isUnfinished } from './unfinished.ts'

/** The log of an index, walked once, along with the entries. */
class IndexedLog implements AsyncDisposable {
  readonly #file: DumpFile
  readonly #steps: AsyncGenerator<BatchStep, void, undefined>
  #step: BatchStep | undefined

  private constructor(file: DumpFile) {
    this.#file = file
    this.#steps = walkBatches(file)
  }

  /** @throws StorageError when there is no log to compare with */
  static async open(indexPath: string): Promise<IndexedLog> {
    const path = indexPath.replace(/\.(index|timeindex)(\.\w+)?$/, '.log$2')
    const file = await DumpFile.open(path).catch((error: unknown) => {
      throw new StorageError(`${path} is to be compared with and cannot be read`, { cause: error })
    })
    return new IndexedLog(file)
  }

  /** The batch that the walk stands on; undefined behind the last. */
  async batch(): Promise<{ batch: RecordBatchView; positionBytes: number } | undefined> {
    if (this.#step === undefined) await this.next()
    return this.#step?.kind === 'batch' ? this.#step : undefined
  }

  async next(): Promise<void> {
    const { value, done } = await this.#steps.next()
    if (done !== true) this.#step = value
  }

  /** Its end may rightly be missing. */
  isOpenEnded(): Promise<boolean> {
    return isUnfinished(this.#file)
  }

  /** Behind the last batch, once it was reached. */
  get endBytes(): number {
    return this.#step?.positionBytes ?? 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}

/** Each entry names the last offset of a batch and where that begins. */
export class OffsetIndexCheck implements AsyncDisposable {
  readonly #log: IndexedLog

  private constructor(log: IndexedLog) {
    this.#log = log
  }

  static async open(indexPath: string): Promise<OffsetIndexCheck> {
    return new OffsetIndexCheck(await IndexedLog.open(indexPath))
  }

  /** Entries come in order. @returns what is wrong with one */
  async problemOf(offset: number, position: number): Promise<string | undefined> {
    let at = await this.#log.batch()
    while (at !== undefined && at.positionBytes < position) {
      await this.#log.next()
      at = await this.#log.batch()
    }
    if (at === undefined) {
      // the index may be ahead of the file
      if (await this.#log.isOpenEnded()) return undefined
      return `position ${position} lies behind the log, which ends at ${this.#log.endBytes}`
    }
    if (at.positionBytes !== position) return `no batch of the log begins at ${position}`
    const { lastOffset } = at.batch
    return lastOffset === offset
      ? undefined
      : `the batch at ${position} ends with offset ${lastOffset}, not ${offset}`
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#log[Symbol.asyncDispose]()
  }
}

/** Each entry promises that no batch up to its offset is later than its timestamp. */
export class TimeIndexCheck implements AsyncDisposable {
  readonly #log: IndexedLog
  #latest = { timestamp: Number.NEGATIVE_INFINITY, baseOffset: -1 }

  private constructor(log: IndexedLog) {
    this.#log = log
  }

  static async open(indexPath: string): Promise<TimeIndexCheck> {
    return new TimeIndexCheck(await IndexedLog.open(indexPath))
  }

  /** Entries come in order. @returns what is wrong with one */
  async problemOf(timestamp: number, offset: number): Promise<string | undefined> {
    let at = await this.#log.batch()
    while (at !== undefined && at.batch.lastOffset <= offset) {
      const { maxTimestamp, baseOffset } = at.batch
      if (maxTimestamp > this.#latest.timestamp) {
        this.#latest = { timestamp: maxTimestamp, baseOffset }
      }
      await this.#log.next()
      at = await this.#log.batch()
    }
    const isBehind = at === undefined && this.#latest.timestamp < timestamp
    if (isBehind && !(await this.#log.isOpenEnded())) {
      return `no batch of the log has a timestamp as late as ${timestamp}`
    }
    if (this.#latest.timestamp <= timestamp) return undefined
    const { timestamp: later, baseOffset } = this.#latest
    return `the batch at offset ${baseOffset} is later: ${later}`
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#log[Symbol.asyncDispose]()
  }
}
