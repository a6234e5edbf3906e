import { RecordReader } from '@pafka/protocol'

import { asError } from '../errors/as-error.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { DecodeContext, Decoder } from '../serde/serde.ts'
import type { GroupProgress } from './group/group-progress.ts'

/** What is the same for all records of a batch. */
export interface RecordSource<K, V> {
  readonly topic: string
  readonly partition: number
  readonly key: Decoder<K>
  readonly value: Decoder<V>
  /** Of a member of a group: the records from one offset to another are processed. */
  readonly acknowledge?: ((first: number, last: number) => void) | undefined
  /** Of a member of a group: the record of this offset cannot be decoded, and is passed over. */
  readonly passOver?: ((offset: number) => void) | undefined
  /** Aborted when the partition is given up, or lost. */
  readonly signal?: AbortSignal | undefined
  /** Of a member of a group: its partition is not the member's any more, nor will be as it was. */
  readonly isLost?: (() => boolean) | undefined
  /** Of the member of a group that read it. */
  readonly progress?: GroupProgress | undefined
}

/** Where the parts of a record are in the bytes of its batch; -1 is the length of a null. */
export interface RecordPlaces {
  readonly keyAt: number
  readonly keyLength: number
  readonly valueAt: number
  readonly valueLength: number
  readonly headersAt: number
  readonly headersCount: number
}

/** What a record has in common with those that came with it. */
export let sourceOf: (record: ConsumerRecord<unknown, unknown>) => RecordSource<unknown, unknown>

const NO_BYTES = new Uint8Array(0)
const NEVER = new AbortController().signal
const NO_HEADERS: readonly (readonly [string, Uint8Array | null])[] = []

/** Not decoded yet. A decoder may give `undefined`. */
const NOT_YET = Symbol('not yet')

/**
 * A record that was read. Key, value and headers are decoded when they are asked for first, so what
 * nobody looks at costs nothing. Bytes are views of the batch, which stays in memory as long as one
 * of them does: `detach` makes it independent.
 */
export class ConsumerRecord<K, V> {
  static {
    sourceOf = (record) => record.#source
  }

  readonly offset: number
  /** Milliseconds since the epoch, or -1. */
  readonly timestamp: number
  readonly #source: RecordSource<K, V>
  #bytes: Buffer
  // each for itself: an object around them would be one more for each record
  #keyAt: number
  readonly #keyLength: number
  #valueAt: number
  readonly #valueLength: number
  readonly #headersAt: number
  readonly #headersCount: number
  #key: K | null | typeof NOT_YET = NOT_YET
  #value: V | null | typeof NOT_YET = NOT_YET
  #headers: readonly (readonly [string, Uint8Array | null])[] | undefined

  constructor(
    source: RecordSource<K, V>,
    bytes: Buffer,
    at: { readonly offset: number; readonly timestamp: number },
    places: RecordPlaces,
  ) {
    this.offset = at.offset
    this.timestamp = at.timestamp
    this.#source = source
    this.#bytes = bytes
    this.#keyAt = places.keyAt
    this.#keyLength = places.keyLength
    this.#valueAt = places.valueAt
    this.#valueLength = places.valueLength
    this.#headersAt = places.headersAt
    this.#headersCount = places.headersCount
  }

  get topic(): string {
    return this.#source.topic
  }

  get partition(): number {
    return this.#source.partition
  }

  /**
   * Aborted when its partition is somebody else's: what is done with the record from then on,
   * another one does again. Never, where there is no group.
   */
  get signal(): AbortSignal {
    return this.#source.signal ?? NEVER
  }

  /**
   * It is processed, and need not be given to the group again. A loop says so of each record by
   * asking for the next; of the last one before it is left only this does.
   */
  ack(): void {
    this.#source.acknowledge?.(this.offset, this.offset)
  }

  /** Null for a record without one. @throws {KafkaError} DECODING_FAILED */
  get key(): K | null {
    if (this.#key === NOT_YET) this.#key = this.#decoded(this.#source.key, true)
    return this.#key
  }

  /** Null for a tombstone. @throws {KafkaError} DECODING_FAILED */
  get value(): V | null {
    if (this.#value === NOT_YET) this.#value = this.#decoded(this.#source.value, false)
    return this.#value
  }

  /** As it was sent; a view. */
  get keyBytes(): Uint8Array | null {
    return this.#view(this.#keyAt, this.#keyLength)
  }

  /** As it was sent; a view. */
  get valueBytes(): Uint8Array | null {
    return this.#view(this.#valueAt, this.#valueLength)
  }

  /** Of the key as it was sent, in bytes; -1 for a record without one. */
  get serializedKeySize(): number {
    return this.#keyLength
  }

  /** Of the value as it was sent, in bytes; -1 for a tombstone. */
  get serializedValueSize(): number {
    return this.#valueLength
  }

  /** In their order, a name as often as it was sent. @throws {KafkaError} DECODING_FAILED */
  get headers(): readonly (readonly [string, Uint8Array | null])[] {
    this.#headers ??= this.#headersCount === 0 ? NO_HEADERS : this.#readHeaders()
    return this.#headers
  }

  /** The last of this name, as text; undefined when there is none, or it is null. */
  header(name: string): string | undefined {
    const value = this.headers.findLast(([one]) => one === name)?.[1]
    return value === undefined || value === null ? undefined : textOf(value)
  }

  /** Copies what it has of its batch, which may then leave the memory. @returns itself */
  detach(): this {
    const headers = this.headers.map(([name, value]) => {
      return [name, value === null ? null : Uint8Array.from(value)] as const
    })
    const key = this.keyBytes ?? NO_BYTES
    const value = this.valueBytes ?? NO_BYTES
    this.#headers = headers
    // memory of its own: a pool's would keep what else is in it
    const bytes = Buffer.allocUnsafeSlow(key.length + value.length)
    bytes.set(key)
    bytes.set(value, key.length)
    this.#bytes = bytes
    // what was decoded to a view is one of the batch
    if (ArrayBuffer.isView(this.#key)) this.#key = NOT_YET
    if (ArrayBuffer.isView(this.#value)) this.#value = NOT_YET
    this.#keyAt = 0
    this.#valueAt = key.length
    return this
  }

  #view(at: number, length: number): Uint8Array | null {
    return length < 0 ? null : this.#bytes.subarray(at, at + length)
  }

  /**
   * Lets the serdes look up what they need to decode it, when they do.
   * @returns undefined when nothing is to be waited for
   */
  prepare(): Promise<unknown> | undefined {
    const { key, value } = this.#source
    const ofKey = this.#prepared(key, true)
    const ofValue = this.#prepared(value, false)
    if (ofKey === undefined) return ofValue
    return ofValue === undefined ? ofKey : Promise.all([ofKey, ofValue])
  }

  #prepared(decoder: Decoder<unknown>, isKey: boolean): Promise<void> | undefined {
    if (decoder.prepareDecode === undefined) return undefined
    const view = isKey ? this.keyBytes : this.valueBytes
    return view === null ? undefined : decoder.prepareDecode(view, this.#context(isKey))
  }

  #context(isKey: boolean): DecodeContext {
    return { topic: this.topic, isKey, headers: () => this.headers }
  }

  #decoded<T>(decoder: Decoder<T>, isKey: boolean): T | null {
    const view = isKey ? this.keyBytes : this.valueBytes
    if (view === null) return null
    try {
      return decoder.decode(view, this.#context(isKey))
    } catch (cause) {
      throw this.#failed(isKey ? 'key' : 'value', cause)
    }
  }

  #readHeaders(): (readonly [string, Uint8Array | null])[] {
    const bytes = this.#bytes
    const reader = new RecordReader(bytes, this.#headersAt, bytes.length)
    const headers: (readonly [string, Uint8Array | null])[] = []
    try {
      for (let left = this.#headersCount; left > 0; left--) {
        headers.push([reader.text(), reader.nullableBytes()])
      }
    } catch (cause) {
      throw this.#failed('headers', cause)
    }
    return headers
  }

  #failed(what: string, cause: unknown): KafkaError {
    const { topic, partition, offset } = this
    const why = asError(cause).message
    const where = `${topic}/${partition} at offset ${offset}`
    const text = `The ${what} of ${where} cannot be decoded: ${why}`
    const context = { topic, partition }
    return new KafkaError('DECODING_FAILED', text, { kind: 'usage', context, cause })
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
