/** Where an encoder writes: what is written in one call of it becomes one key or value. */
export interface Sink {
  /** As UTF-8. */
  text(value: string): void
  /** Copied. */
  bytes(value: Uint8Array): void
}

/** What a decoder may want to know of what it decodes. */
export interface DecodeContext {
  readonly topic: string
  readonly isKey: boolean
  readonly headers: () => readonly (readonly [string, Uint8Array | null])[]
}

/** Where values of a serde stand: its keys, or its values, of this topic. */
export interface SerdePlace {
  readonly topic: string
  readonly isKey: boolean
}

/** Values to bytes. Null never comes here: it is a null key, or a tombstone. */
export interface Encoder<T> {
  /** @throws whatever is wrong with the value: it is then refused to who sent it */
  encode(value: T, sink: Sink): void
  /**
   * Called before `encode`: a promise is waited for, and all that is sent to the topic meanwhile
   * waits in order behind it. For what must be looked up first, as a schema's id.
   */
  prepare?(value: T): Promise<void> | undefined
  /** Headers that each record has beside those it is sent with. Asked for after `prepare`. */
  headers?(): readonly (readonly [string, Uint8Array])[] | undefined
}

/** Bytes to values. */
export interface Decoder<T> {
  /** @param bytes a view that lives no longer than the call, unless it is copied */
  decode(bytes: Uint8Array, context: DecodeContext): T
  /**
   * Called before `decode`, for what must be looked up first: the records that came with this one
   * are given out when the promise ends. It fails for what is no fault of the bytes alone, as with
   * a registry that cannot be reached; what is wrong with the bytes, `decode` says.
   */
  prepareDecode?(bytes: Uint8Array, context: DecodeContext): Promise<void> | undefined
}

export interface Serde<T> extends Encoder<T>, Decoder<T> {
  /** For a serde that writes differently from topic to topic: the one for this place. */
  of?(place: SerdePlace): Serde<T>
}
