/** Inclusive on both ends. */
export interface VersionRange {
  readonly first: number
  readonly last: number
}

/** A type of the wire; `records` are bytes whose content is record batches. */
export type WireType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint16'
  | 'uint32'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'

/** What a field means, and so which wire type it has. A schema may name either. */
export const SEMANTIC_TYPES: Readonly<Record<string, WireType>> = {
  brokerId: 'int32',
  durationMs: 'int32',
  errorCode: 'int16',
  groupId: 'string',
  leaderEpoch: 'int32',
  offset: 'int64',
  partition: 'int32',
  producerEpoch: 'int16',
  producerId: 'int64',
  timestampMs: 'int64',
  topicId: 'uuid',
  topicName: 'string',
  transactionalId: 'string',
}

/** @returns undefined for the name of a struct */
export function wireTypeOf(typeName: string): WireType | undefined {
  return isWireType(typeName) ? typeName : SEMANTIC_TYPES[typeName]
}

function isWireType(name: string): name is WireType {
  return WIRE_TYPES.has(name)
}

const WIRE_TYPES: ReadonlySet<string> = new Set<WireType>([
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint16',
  'uint32',
  'float64',
  'string',
  'uuid',
  'bytes',
  'records',
])

export interface Field {
  readonly name: string
  readonly array: boolean
  /** The type of the field, or of its elements; `struct` names one of the message's structs. */
  readonly type: WireType | 'struct'
  /** As written: the wire type itself, a semantic type, or the name of the struct. */
  readonly typeName: string
  /** Already cut to the versions of whatever contains the field. */
  readonly versions: VersionRange
  readonly nullable: VersionRange | undefined
  readonly tag: number | undefined
  /** As written; undefined is zero, false or empty. */
  readonly defaultText: string | undefined
  /** Its length is never compact, as only the client id of a request header needs it. */
  readonly inflexible: boolean
}

export interface Struct {
  readonly name: string
  readonly versions: VersionRange
  readonly fields: readonly Field[]
}

export interface MessageSchema {
  /** Kafka's name: `FetchRequest`, `OffsetCommitValue`. */
  readonly name: string
  readonly versions: VersionRange
  readonly flexible: VersionRange | undefined
  readonly fields: readonly Field[]
  /** Every struct, nested or shared, by its name; a struct stands after those that it contains. */
  readonly structs: ReadonlyMap<string, Struct>
}

interface SchemaHead {
  readonly name: string
  /** The comment above the first line, without its marks. */
  readonly about: readonly string[]
}

export interface ApiSchema extends SchemaHead {
  readonly kind: 'api'
  readonly key: number
  readonly request: MessageSchema
  readonly response: MessageSchema
}

export interface RecordSchema extends SchemaHead {
  readonly kind: 'record'
  readonly recordType: number
  readonly topic: string
  readonly keyPart: MessageSchema
  readonly valuePart: MessageSchema
}

export interface PlainSchema extends SchemaHead {
  readonly kind: 'message'
  readonly message: MessageSchema
}

export type Schema = ApiSchema | RecordSchema | PlainSchema

/** Every message of a schema, in the order of the file. */
export function messagesOf(schema: Schema): readonly MessageSchema[] {
  if (schema.kind === 'api') return [schema.request, schema.response]
  if (schema.kind === 'record') return [schema.keyPart, schema.valuePart]
  return [schema.message]
}

export function includes(range: VersionRange | undefined, version: number): boolean {
  return range !== undefined && version >= range.first && version <= range.last
}
