import type { Field, MessageSchema, WireType } from './schema.ts'

const TYPES: Readonly<Record<WireType, string>> = {
  bool: 'boolean',
  int8: 'number',
  int16: 'number',
  int32: 'number',
  int64: 'number',
  uint16: 'number',
  uint32: 'number',
  float64: 'number',
  string: 'string',
  uuid: 'string',
  bytes: 'Uint8Array',
  records: 'RecordBytes',
}

/** Kafka's name of the struct behind the name of its message, so that no two are the same. */
export function structType(message: MessageSchema, struct: string): string {
  return struct.startsWith(message.name) ? struct : `${message.name}${struct}`
}

export function elementType(message: MessageSchema, field: Field): string {
  return field.type === 'struct' ? structType(message, field.typeName) : TYPES[field.type]
}

/** The TypeScript type of a field, without the `undefined` of a tagged one. */
export function fieldType(message: MessageSchema, field: Field): string {
  const element = elementType(message, field)
  const whole = field.array ? `readonly ${element}[]` : element
  return field.nullable === undefined ? whole : `${whole} | null`
}

/** The value of a field that a version does not have, or that was left out. */
export function defaultValue(message: MessageSchema, field: Field): string {
  if (field.nullable !== undefined && (field.defaultText === 'null' || field.type === 'records')) {
    return 'null'
  }
  if (field.array) return '[]'
  if (field.type === 'struct') return `default${elementType(message, field)}()`
  if (field.type === 'string') return field.defaultText?.replaceAll('"', "'") ?? "''"
  if (field.type === 'uuid') return 'ZERO_UUID'
  if (field.type === 'bytes' || field.type === 'records') return 'new Uint8Array(0)'
  if (field.type === 'bool') return field.defaultText ?? 'false'
  return field.defaultText === '9223372036854775807' ? 'MAX_INT64' : (field.defaultText ?? '0')
}
