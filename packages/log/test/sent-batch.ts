/** What a batch that was acknowledged survives. */
export type Promised = 'nothing' | 'kill' | 'power'

/** A producer's only one; a batch of it, or its marker. */
export interface SentTransaction {
  readonly producerId: number
  readonly marker: 'abort' | 'commit' | undefined
}

export interface Sent {
  /** As the producer sent it. */
  readonly original: Buffer
  /** As the log must serve it: offsets are assigned in place. */
  readonly served: Buffer
  readonly baseOffset: number
  readonly endOffset: number
  readonly producerId: number
  readonly nextSequence: number
  /** Undefined for what is in no transaction. */
  readonly transaction?: SentTransaction | undefined
  promised: Promised
  /** An accident came before it was promised to survive one. */
  isDoubtful: boolean
}
