import { conditionOf, expressionByVersion } from './by-version.ts'
import { minimumBytes } from './minimum-bytes.ts'
import { type Field, includes, type MessageSchema, type Struct } from './schema.ts'
import { defaultValue, elementType, fieldType } from './type-names.ts'

/** The function that reads one struct: fields in order, then the tagged ones. */
export function emitDecode(message: MessageSchema, struct: Struct, type: string): string {
  const lines: string[] = []
  for (const field of struct.fields) {
    if (field.tag === undefined) lines.push(readField(message, struct, field))
  }
  lines.push(...readTaggedFields(message, struct))
  const names = struct.fields
    .map(({ name }) => (localName(name) === name ? name : `${name}: ${localName(name)}`))
    .join(', ')
  const version = lines.some((line) => /\bversion\b(?!:)/.test(line)) ? 'version' : '_version'
  return [
    `function decode${type}(reader: WireReader, ${version}: number): ${type} {`,
    ...lines,
    `return { ${names} }`,
    '}',
  ].join('\n')
}

/** Names that the generated functions use themselves. */
const TAKEN: ReadonlySet<string> = new Set(['reader', 'version', 'at', 'left', 'tag', 'end'])

function localName(name: string): string {
  return TAKEN.has(name) ? `${name}Field` : name
}

function readField(message: MessageSchema, struct: Struct, field: Field): string {
  if (field.array) {
    const count = expressionByVersion(struct.versions, (version) =>
      includes(field.versions, version)
        ? readCount(message, field, version)
        : defaultValue(message, field) === 'null'
          ? '-1'
          : '0',
    )
    return readArray(message, field, { count, declare: 'const ' })
  }
  const value = expressionByVersion(struct.versions, (version) =>
    includes(field.versions, version)
      ? readOne(message, field, version)
      : defaultValue(message, field),
  )
  return `const ${localName(field.name)} = ${value}`
}

function readArray(
  message: MessageSchema,
  field: Field,
  { count, declare }: { count: string; declare: string },
): string {
  const element = expressionByVersion(field.versions, (version) =>
    readOne(message, { ...field, nullable: undefined }, version),
  )
  const name = localName(field.name)
  const type = `${elementType(message, field)}[]`
  const loop = (push: string): string =>
    `for (let at = 0; at < ${name}Count; at++) ${push}(${element})`
  if (declare === '') {
    const filled = `${name}Elements`
    return [
      `const ${name}Count = ${count}`,
      `const ${filled}: ${type} = []`,
      loop(`${filled}.push`),
      `${name} = ${field.nullable === undefined ? filled : `${name}Count < 0 ? null : ${filled}`}`,
    ].join('\n')
  }
  if (field.nullable === undefined) {
    return [
      `const ${name}Count = ${count}`,
      `const ${name}: ${type} = []`,
      loop(`${name}.push`),
    ].join('\n')
  }
  return [
    `const ${name}Count = ${count}`,
    `const ${name}: ${type} | null = ${name}Count < 0 ? null : []`,
    `if (${name} !== null) {`,
    loop(`${name}.push`),
    '}',
  ].join('\n')
}

function readCount(message: MessageSchema, field: Field, version: number): string {
  const flexible = includes(message.flexible, version)
  const nullable = includes(field.nullable, version)
  const least = minimumBytes(message, { ...field, array: false, nullable: undefined }, flexible)
  if (flexible) return `reader.compact${nullable ? 'Nullable' : ''}ArrayLength(${least})`
  return `reader.${nullable ? 'nullableArrayLength' : 'arrayLength'}(${least})`
}

function readOne(message: MessageSchema, field: Field, version: number): string {
  const flexible = includes(message.flexible, version) && !field.inflexible
  const nullable = includes(field.nullable, version)
  switch (field.type) {
    case 'struct': {
      const decode = `decode${elementType(message, field)}(reader, version)`
      if (!nullable) return decode
      const isNull = field.tag === undefined ? 'reader.int8() < 0' : 'reader.unsignedVarint() === 0'
      return `${isNull} ? null : ${decode}`
    }
    case 'string':
    case 'bytes':
    case 'records': {
      const kind = field.type === 'string' ? 'String' : 'Bytes'
      if (flexible) return `reader.compact${nullable ? 'Nullable' : ''}${kind}()`
      return `reader.${nullable ? `nullable${kind}` : kind.toLowerCase()}()`
    }
    default:
      return `reader.${field.type}()`
  }
}

function readTaggedFields(message: MessageSchema, struct: Struct): string[] {
  const flexible = flexibleRange(message, struct)
  if (flexible === undefined) return []
  const tagged = struct.fields.filter(({ tag }) => tag !== undefined)
  const condition = conditionOf(flexible, struct.versions)
  const guard = condition === '' ? '' : `if (${condition}) `
  if (tagged.length === 0) return [`${guard}reader.skipTaggedFields()`]
  const lines = tagged.map(
    (field) => `let ${localName(field.name)}: ${fieldType(message, field)} | undefined = undefined`,
  )
  lines.push(`${guard}{`, 'for (let left = reader.unsignedVarint(); left > 0; left--) {')
  lines.push('const tag = reader.unsignedVarint()', 'const end = reader.taggedFieldEnd()')
  tagged.forEach((field, at) => {
    const known = conditionOf(field.versions, flexible)
    const test = `tag === ${field.tag}${known === '' ? '' : ` && ${known}`}`
    lines.push(`${at === 0 ? '' : '} else '}if (${test}) {`, readTagged(message, field))
  })
  lines.push('} else {', 'reader.skipTaggedField(end)', '}', 'reader.endTaggedField(end)', '}', '}')
  return lines
}

function readTagged(message: MessageSchema, field: Field): string {
  const { last } = field.versions
  if (field.array) {
    return readArray(message, field, { count: readCount(message, field, last), declare: '' })
  }
  return `${localName(field.name)} = ${readOne(message, field, last)}`
}

/** The versions of `struct` in which it ends with tagged fields. */
export function flexibleRange(
  message: MessageSchema,
  struct: Struct,
): { first: number; last: number } | undefined {
  if (message.flexible === undefined) return undefined
  const first = Math.max(message.flexible.first, struct.versions.first)
  const last = Math.min(message.flexible.last, struct.versions.last)
  return first <= last ? { first, last } : undefined
}
