import { type Field, includes, type MessageSchema, type WireType } from './schema.ts'

const FIXED: Readonly<Partial<Record<WireType, number>>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  float64: 8,
  uuid: 16,
}

/** Bytes of a type whose size never varies. */
export function fixedBytes(type: Field['type']): number | undefined {
  return type === 'struct' ? undefined : FIXED[type]
}

/**
 * The least that one value of a field takes, in any version that is flexible, or in any that is
 * not. An array that claims more elements than the bytes left can hold is a lie.
 */
export function minimumBytes(message: MessageSchema, field: Field, flexible: boolean): number {
  if (field.array) return flexible ? 1 : 4
  if (field.type === 'string') return flexible && !field.inflexible ? 1 : 2
  if (field.type === 'bytes' || field.type === 'records') return flexible ? 1 : 4
  if (field.type !== 'struct') return fixedBytes(field.type) ?? 1
  if (field.nullable !== undefined) return 1
  return minimumStructBytes(message, field, flexible)
}

function minimumStructBytes(message: MessageSchema, field: Field, flexible: boolean): number {
  const struct = message.structs.get(field.typeName)
  if (struct === undefined) throw new Error(`${message.name} has no struct ${field.typeName}`)
  let least = Number.POSITIVE_INFINITY
  for (let version = field.versions.first; version <= field.versions.last; version++) {
    if (includes(message.flexible, version) !== flexible) continue
    let bytes = flexible ? 1 : 0
    for (const inner of struct.fields) {
      if (inner.tag !== undefined || !includes(inner.versions, version)) continue
      bytes += minimumBytes(message, inner, flexible)
    }
    least = Math.min(least, bytes)
  }
  if (least < 1) throw new Error(`${message.name}: an element of ${field.name} may be empty`)
  return Number.isFinite(least) ? least : 1
}
