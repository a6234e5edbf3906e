import * as fc from 'fast-check'

import { type Field, includes, type MessageSchema, type WireType } from '../src/schema.ts'

/** Any value of a message, in one version: what the version does not have has its default. */
export function arbitraryMessage(
  message: MessageSchema,
  version: number,
): fc.Arbitrary<Record<string, unknown>> {
  return arbitraryStruct(message, message.fields, version)
}

function arbitraryStruct(
  message: MessageSchema,
  fields: readonly Field[],
  version: number,
): fc.Arbitrary<Record<string, unknown>> {
  const model: Record<string, fc.Arbitrary<unknown>> = {}
  for (const field of fields) model[field.name] = arbitraryField(message, field, version)
  return fc.record(model)
}

function arbitraryField(
  message: MessageSchema,
  field: Field,
  version: number,
): fc.Arbitrary<unknown> {
  if (!includes(field.versions, version)) return fc.constant(defaultOf(message, field))
  const element = arbitraryElement(message, field, version)
  const whole = field.array ? fc.array(element, { maxLength: 4 }) : element
  const nullable = includes(field.nullable, version)
  const value = nullable ? fc.option(whole, { nil: null, freq: 3 }) : whole
  if (field.tag === undefined) return value
  // A tagged field that has its default is not written, and so comes back as absent.
  const standard = JSON.stringify(defaultOf(message, { ...field, tag: undefined }))
  const spoken = value.map((given) => (JSON.stringify(given) === standard ? undefined : given))
  return fc.option(spoken, { nil: undefined })
}

function arbitraryElement(
  message: MessageSchema,
  field: Field,
  version: number,
): fc.Arbitrary<unknown> {
  if (field.type !== 'struct') return ARBITRARY[field.type]
  return arbitraryStruct(message, message.structs.get(field.typeName)?.fields ?? [], version)
}

const bytes = fc
  .uint8Array({ maxLength: 40 })
  .chain((some) => fc.constantFrom(some, new Uint8Array(1500).fill(some.length)))

const ARBITRARY: Readonly<Record<WireType, fc.Arbitrary<unknown>>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  uint16: fc.nat(0xffff),
  uint32: fc.nat(0xffffffff),
  float64: fc.double({ noNaN: true }),
  string: fc.string({ unit: 'grapheme', maxLength: 50 }),
  uuid: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map((id) => Buffer.from(id).toString('base64url')),
  bytes,
  records: bytes,
}

const ZERO: Readonly<Record<WireType, unknown>> = {
  bool: false,
  int8: 0,
  int16: 0,
  int32: 0,
  int64: 0,
  uint16: 0,
  uint32: 0,
  float64: 0,
  string: '',
  uuid: 'AAAAAAAAAAAAAAAAAAAAAA',
  bytes: new Uint8Array(0),
  records: new Uint8Array(0),
}

/** What a decoder gives for a field that the version does not have. */
function defaultOf(message: MessageSchema, field: Field): unknown {
  if (field.tag !== undefined) return undefined
  const nothing = field.nullable !== undefined
  if (nothing && (field.defaultText === 'null' || field.type === 'records')) return null
  if (field.array) return []
  if (field.type === 'struct') {
    const fields = message.structs.get(field.typeName)?.fields ?? []
    return Object.fromEntries(fields.map((inner) => [inner.name, defaultOf(message, inner)]))
  }
  const { defaultText, type } = field
  return defaultText === undefined ? ZERO[type] : JSON.parse(defaultText)
}
