import { conditionOf, statementByVersion } from './by-version.ts'
import { flexibleRange } from './emit-decode.ts'
import { fixedBytes } from './minimum-bytes.ts'
import { type Field, includes, type MessageSchema, type Struct } from './schema.ts'
import { defaultValue, elementType } from './type-names.ts'

/** The function that writes one struct: fields in order, then the tagged ones. */
export function emitEncode(message: MessageSchema, struct: Struct, type: string): string {
  const lines: string[] = []
  for (const field of struct.fields) {
    if (field.tag !== undefined) continue
    const code = statementByVersion(struct.versions, (version) =>
      includes(field.versions, version)
        ? writeField(message, field, { version, value: `value.${field.name}`, writer: 'writer' })
        : '',
    )
    if (code !== '') lines.push(code)
  }
  lines.push(...writeTaggedFields(message, struct))
  const version = lines.some((line) => /(?<!\.)\bversion\b/.test(line)) ? 'version' : '_version'
  const value = lines.some((line) => /\bvalue\b/.test(line)) ? 'value' : '_value'
  const writer = lines.some((line) => /\bwriter\b/.test(line)) ? 'writer' : '_writer'
  return [
    `function encode${type}(${writer}: WireWriter, ${value}: ${type}, ${version}: number): void {`,
    ...lines,
    '}',
  ].join('\n')
}

interface Place {
  readonly version: number
  readonly value: string
  readonly writer: string
}

function writeField(message: MessageSchema, field: Field, place: Place): string {
  if (!field.array) return writeOne(message, field, place)
  const { version, value, writer } = place
  const flexible = includes(message.flexible, version)
  const nullable = includes(field.nullable, version)
  const length = `${writer}.${flexible ? 'compactArrayLength' : 'arrayLength'}`
  const element = writeOne(
    message,
    { ...field, nullable: undefined },
    { ...place, value: 'element' },
  )
  const loop = (from: string): string => `for (const element of ${from}) ${element}`
  if (field.nullable === undefined) return `${length}(${value}.length)\n${loop(value)}`
  if (!nullable) return `${length}(${value}?.length ?? 0)\n${loop(`${value} ?? []`)}`
  return [
    `if (${value} === null) {`,
    `${length}(-1)`,
    '} else {',
    `${length}(${value}.length)`,
    loop(value),
    '}',
  ].join('\n')
}

function writeOne(message: MessageSchema, field: Field, { version, value, writer }: Place): string {
  const flexible = includes(message.flexible, version) && !field.inflexible
  const nullable = includes(field.nullable, version)
  const present = field.nullable !== undefined && !nullable
  switch (field.type) {
    case 'struct': {
      const type = elementType(message, field)
      if (present) return `encode${type}(${writer}, ${value} ?? default${type}(), version)`
      if (!nullable) return `encode${type}(${writer}, ${value}, version)`
      const isTagged = field.tag !== undefined
      return [
        `if (${value} === null) ${writer}.${isTagged ? 'unsignedVarint(0)' : 'int8(-1)'}`,
        'else {',
        `${writer}.${isTagged ? 'unsignedVarint' : 'int8'}(1)`,
        `encode${type}(${writer}, ${value}, version)`,
        '}',
      ].join('\n')
    }
    case 'string':
    case 'bytes':
    case 'records': {
      const kind = field.type === 'string' ? 'String' : 'Bytes'
      const given = present
        ? `${value} ?? ${kind === 'String' ? "''" : 'new Uint8Array(0)'}`
        : value
      if (flexible) return `${writer}.compact${nullable ? 'Nullable' : ''}${kind}(${given})`
      return `${writer}.${nullable ? `nullable${kind}` : kind.toLowerCase()}(${given})`
    }
    default:
      return `${writer}.${field.type}(${value})`
  }
}

function writeTaggedFields(message: MessageSchema, struct: Struct): string[] {
  const flexible = flexibleRange(message, struct)
  if (flexible === undefined) return []
  const tagged = struct.fields
    .filter(({ tag }) => tag !== undefined)
    .toSorted((one, other) => (one.tag ?? 0) - (other.tag ?? 0))
  const condition = conditionOf(flexible, struct.versions)
  const guard = condition === '' ? '' : `if (${condition}) `
  if (tagged.length === 0) return [`${guard}writer.unsignedVarint(0)`]
  const lines = [`${guard}{`, 'let tags = 0']
  const tests = tagged.map((field) => {
    const known = conditionOf(field.versions, flexible)
    return [...(known === '' ? [] : [known]), isGiven(message, field)].join(' && ')
  })
  for (const test of tests) lines.push(`if (${test}) tags += 1`)
  lines.push('writer.unsignedVarint(tags)')
  tagged.forEach((field, at) => {
    lines.push(`if (${tests[at]}) {`, ...writeTagged(message, field), '}')
  })
  lines.push('}')
  return lines
}

/** A tagged field is written when it is there and is not the default. */
function isGiven(message: MessageSchema, field: Field): string {
  const value = `value.${field.name}`
  const given = `${value} !== undefined`
  // Kafka takes one that is left out for an empty one: null has to be said
  if (field.type === 'struct' && !field.array && field.nullable !== undefined) return given
  const standard = defaultValue(message, field)
  if (standard === 'null') return `${given} && ${value} !== null`
  if (field.array || field.type === 'bytes' || field.type === 'records') {
    if (field.nullable !== undefined) return `${given} && ${value}?.length !== 0`
    return `${given} && ${value}.length > 0`
  }
  if (field.type === 'struct') return `${given} && ${differs(message, field, value)}`
  return `${given} && ${value} !== ${standard}`
}

/** A tagged struct whose every field has its default is left out, as Kafka leaves it out. */
function differs(message: MessageSchema, field: Field, value: string): string {
  const fields = message.structs.get(field.typeName)?.fields ?? []
  const tests = fields.map((inner) => {
    if (inner.array || inner.type === 'struct' || inner.tag !== undefined) {
      throw new Error(`${message.name}: ${field.name} cannot be compared with its default`)
    }
    return `${value}.${inner.name} !== ${defaultValue(message, inner)}`
  })
  return `(${tests.join(' || ')})`
}

function writeTagged(message: MessageSchema, field: Field): string[] {
  const value = `value.${field.name}`
  const version = field.versions.last
  const size = field.array ? undefined : fixedBytes(field.type)
  if (size !== undefined) {
    const write = writeField(message, field, { version, value, writer: 'writer' })
    return [`writer.unsignedVarint(${field.tag})`, `writer.unsignedVarint(${size})`, write]
  }
  return [
    'const content = new WireWriter()',
    writeField(message, field, { version, value, writer: 'content' }),
    `writer.taggedField(${field.tag}, content)`,
  ]
}
