/** What a batch that was acknowledged survives. */
export type Promised = 'nothing' | 'kill' | 'power'

export interface Sent {
  /** As the producer sent it. */
  readonly original: Buffer
  /** As the log must serve it: offsets are assigned in place. */
  readonly served: Buffer
  readonly baseOffset: number
  readonly endOffset: number
  readonly producerId: number
  readonly nextSequence: number
  promised: Promised
  /** An accident came before it was promised to survive one. */
  isDoubtful: boolean
}
