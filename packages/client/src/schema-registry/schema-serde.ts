import { KafkaError } from '../errors/kafka-error.ts'
import type { DecodeContext, Serde, SerdePlace, Sink } from '../serde/serde.ts'
import type { SchemaFormat, ValueReader, ValueWriter } from './schema-format.ts'
import type { SchemaRegistry } from './schema-registry.ts'
import type { KnownSchema, Schema, SchemaReference, WholeSchema } from './schema.ts'
import { type SubjectName, subjectOf } from './subject-name.ts'
import { readTag, type SchemaTag, tagBytes, tagHeader } from './wire-format.ts'

/** Ids in garbage may be any: so many schemas are kept. */
const MOST_READERS = 1000
/** A schema that was not found may be there later. */
const FAILURE_MS = 10_000

/** How a serde and a registry go together. */
export interface RegistryUse {
  readonly registry: SchemaRegistry
  /**
   * With which schema values are written. `register`: with this program's own, which is registered
   * when it is not yet (the default). `lookup`: with its own, which must be registered already.
   * `latest`: with the newest one of the subject. Or with the one of an id.
   */
  readonly write?: 'register' | 'lookup' | 'latest' | { readonly id: number } | undefined
  readonly subject?: SubjectName | undefined
  /**
   * Where a record says which schema it has: by an id before the `value` (the default), or by a
   * GUID in a `header`, which newer registries have and newer serdes read.
   */
  readonly idIn?: 'value' | 'header' | undefined
  /** Schemas that this program's own one uses. */
  readonly references?: readonly SchemaReference[] | undefined
  /** Lets the registry ignore what makes no difference, as spaces; false by default. */
  readonly normalize?: boolean | undefined
  /**
   * What to do where a schema has rules (data contracts), which are not carried out here: `refuse`
   * it (the default), as values might have to be encrypted, or `ignore` them.
   */
  readonly rules?: 'refuse' | 'ignore' | undefined
}

interface Writing<T> {
  /** Before each value; undefined when it is in a header. */
  readonly tag: Uint8Array | undefined
  readonly headers: readonly (readonly [string, Uint8Array])[] | undefined
  readonly writer: ValueWriter<T>
}

interface SchemaToWrite {
  readonly id: number
  readonly guid: string | undefined
  readonly schema: Schema
}

/** A reader, or why there is none. */
type Reading<T> = ValueReader<T> | { readonly failure: unknown; readonly untilMs: number }

/** Values with the id of their schema before them, as Confluent's serdes write and read them. */
export class SchemaSerde<T> implements Serde<T> {
  readonly #format: SchemaFormat<T>
  readonly #use: RegistryUse
  readonly #place: SerdePlace | undefined
  readonly #readers: SchemaReaders<T>
  #writing: Writing<T> | undefined
  #preparing: Promise<void> | undefined

  constructor(
    format: SchemaFormat<T>,
    use: RegistryUse,
    place?: SerdePlace,
    readers: SchemaReaders<T> = new SchemaReaders(format, use),
  ) {
    this.#format = format
    this.#use = use
    this.#place = place
    this.#readers = readers
  }

  of(place: SerdePlace): Serde<T> {
    return new SchemaSerde(this.#format, this.#use, place, this.#readers)
  }

  prepare(): Promise<void> | undefined {
    if (this.#writing !== undefined) return undefined
    this.#preparing ??= this.#prepare().finally(() => {
      this.#preparing = undefined
    })
    return this.#preparing
  }

  encode(value: T, sink: Sink): void {
    const writing = this.#writing
    if (writing === undefined) throw unprepared('written')
    if (writing.tag !== undefined) sink.bytes(writing.tag)
    writing.writer.encode(value, sink)
  }

  headers(): readonly (readonly [string, Uint8Array])[] | undefined {
    return this.#writing?.headers
  }

  prepareDecode(bytes: Uint8Array, context: DecodeContext): Promise<void> | undefined {
    const tag = this.#tagOf(bytes, context)
    return tag && this.#readers.prepare(tag.id)
  }

  decode(bytes: Uint8Array, context: DecodeContext): T {
    const { id, indexes, valueAt } = readTag(bytes, context, this.#hasIndexes)
    const value = Buffer.from(bytes.buffer, bytes.byteOffset + valueAt, bytes.length - valueAt)
    return this.#readers.get(id).decode(value, indexes)
  }

  get #hasIndexes(): boolean {
    return this.#format.type === 'PROTOBUF'
  }

  /** Undefined where there is none, which `decode` then says. */
  #tagOf(bytes: Uint8Array, context: DecodeContext): SchemaTag | undefined {
    try {
      return readTag(bytes, context, this.#hasIndexes)
    } catch {
      return undefined
    }
  }

  async #prepare(): Promise<void> {
    const { registry, idIn = 'value' } = this.#use
    const { id, guid, schema } = await this.#schemaToWrite()
    const writer = this.#format.writer(await registry.whole(schema))
    if (idIn === 'value') {
      this.#writing = { tag: tagBytes(id, writer.indexes), headers: undefined, writer }
      return
    }
    const known = guid ?? (await registry.schema(id)).guid
    if (known === undefined) throw noGuid(id)
    if (this.#place === undefined) throw unprepared('written')
    const header = [tagHeader(this.#place.isKey), tagBytes(known, writer.indexes)] as const
    this.#writing = { tag: undefined, headers: [header], writer }
  }

  async #schemaToWrite(): Promise<SchemaToWrite> {
    const { registry, write = 'register', normalize } = this.#use
    if (typeof write === 'object') {
      return this.#toWrite(await registry.schema(write.id))
    }
    if (write === 'latest') {
      return this.#toWrite(await registry.version(this.#subjectOf(undefined)))
    }
    const { references } = this.#use
    const { own } = this.#format
    if (own === undefined) throw noOwnSchema()
    const schema = { ...own, references }
    const subject = this.#subjectOf(await registry.whole(schema))
    if (write === 'register') {
      return { ...(await registry.register(subject, schema, { normalize })), schema }
    }
    return this.#toWrite(await registry.lookUp(subject, schema, { normalize }))
  }

  #toWrite(known: KnownSchema): SchemaToWrite {
    const schema = checked(known, this.#format, this.#use)
    return { id: known.id, guid: known.guid, schema }
  }

  /** @param schema undefined for this program's own */
  #subjectOf(schema: WholeSchema | undefined): string {
    const { own } = this.#format
    const named = schema ?? (own && { ...own, uses: [] })
    if (this.#place === undefined) throw unprepared('written')
    const naming = this.#use.subject ?? 'topic'
    const name = naming === 'topic' || named === undefined ? undefined : this.#format.nameOf(named)
    return subjectOf(naming, this.#place, name)
  }
}

/** The readers of all schemas that were met, by ids and GUIDs. */
class SchemaReaders<T> {
  readonly #format: SchemaFormat<T>
  readonly #use: RegistryUse
  readonly #registry: SchemaRegistry
  readonly #known = new Map<number | string, Reading<T>>()
  readonly #preparing = new Map<number | string, Promise<void>>()

  constructor(format: SchemaFormat<T>, use: RegistryUse) {
    this.#format = format
    this.#use = use
    this.#registry = use.registry
  }

  prepare(id: number | string): Promise<void> | undefined {
    const known = this.#known.get(id)
    const isGood = known !== undefined && !this.#isOutdated(known)
    if (isGood) return undefined
    const underWay = this.#preparing.get(id)
    if (underWay !== undefined) return underWay
    const preparing = this.#prepare(id).finally(() => this.#preparing.delete(id))
    this.#preparing.set(id, preparing)
    return preparing
  }

  /** @throws {KafkaError} why there is none */
  get(id: number | string): ValueReader<T> {
    const known = this.#known.get(id)
    if (known === undefined) throw unprepared('read')
    if ('decode' in known) return known
    throw known.failure
  }

  async #prepare(id: number | string): Promise<void> {
    try {
      const schema = checked(await this.#registry.schema(id), this.#format, this.#use)
      const whole = await this.#registry.whole(schema)
      this.#keep(id, this.#format.reader(whole, await this.#own()))
    } catch (failure) {
      // bytes that name what is not there are wrong; a registry that cannot be asked is not
      const isOfBytes = !(failure instanceof KafkaError) || failure.kind === 'usage'
      if (!isOfBytes) throw failure
      this.#keep(id, { failure, untilMs: this.#registry.clock.monotonicMs() + FAILURE_MS })
    }
  }

  async #own(): Promise<WholeSchema | undefined> {
    const { own } = this.#format
    return own && this.#registry.whole({ ...own, references: this.#use.references })
  }

  #isOutdated(known: Reading<T>): boolean {
    return 'untilMs' in known && known.untilMs <= this.#registry.clock.monotonicMs()
  }

  #keep(id: number | string, reading: Reading<T>): void {
    this.#known.delete(id)
    this.#known.set(id, reading)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_READERS && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** @throws {KafkaError} for a schema by which nothing can be written or read here */
function checked(
  schema: KnownSchema,
  { type: wanted }: { readonly type: string },
  { rules: terms = 'refuse' }: RegistryUse,
): KnownSchema {
  const { id, type, rules } = schema
  if (type !== wanted) {
    const text = `Schema ${id} is one of ${type}, not of ${wanted}.`
    throw new KafkaError('WRONG_SCHEMA_TYPE', text, { kind: 'usage' })
  }
  if (rules.length === 0 || terms === 'ignore') return schema
  const text = `Schema ${id} has rules that are not carried out here: ${rules.join(', ')}.`
  throw new KafkaError('SCHEMA_HAS_RULES', text, { kind: 'config' })
}

function noGuid(id: number): KafkaError {
  const text = `The registry has no GUID for schema ${id}: it is too old for ids in headers.`
  return new KafkaError('SCHEMA_HAS_NO_GUID', text, { kind: 'config' })
}

function noOwnSchema(): KafkaError {
  const text = 'Without a schema of its own a serde writes the `latest`, or that of an `id`.'
  return new KafkaError('NO_SCHEMA', text, { kind: 'config' })
}

function unprepared(what: string): KafkaError {
  const text = `It cannot be ${what} before its schema is looked up; topic() makes serdes ready.`
  return new KafkaError('SCHEMA_NOT_READY', text, { kind: 'usage' })
}
