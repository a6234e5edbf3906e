import type { LogSegment } from '../segment/log-segment.ts'
import type { AbortedTransaction } from '../segment/transaction-index.ts'

/** What the index of a segment says of aborted transactions whose markers stay. */
export class KeptTransactions {
  readonly #from: AsyncGenerator<AbortedTransaction> | undefined
  #next: AbortedTransaction | undefined

  constructor({ transactions, baseOffset }: LogSegment) {
    this.#from = transactions.entries === 0 ? undefined : transactions.from(baseOffset)
  }

  /** Of the marker at an offset, if it is one of those; in the order of offsets. */
  async keep(markerOffset: number, into: LogSegment): Promise<void> {
    if (this.#from === undefined) return
    while (this.#next === undefined || this.#next.lastOffset < markerOffset) {
      const next = await this.#from.next()
      if (next.done === true) return
      this.#next = next.value
    }
    if (this.#next.lastOffset === markerOffset) into.transactions.append(this.#next)
  }
}
