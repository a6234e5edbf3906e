export interface JournalOptions {
  /** Its folder, made when missing. */
  readonly folder: string
  /** Bytes that the ring may grow to. */
  readonly limitBytes: number
  /** Memory for rounds and the tails of logs. */
  readonly tailBytes: number
  /** By which the ring grows; also the blocks of its memory. Smaller where memory is dear. */
  readonly pieceBytes?: number | undefined
}
