import { existsSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { readSchemas } from './generate.ts'
import { parseRange } from './parse-schema.ts'
import { type Field, type MessageSchema, SEMANTIC_TYPES, type VersionRange } from './schema.ts'

const FACTS = new URL('../../../../shared/protocol-facts/', import.meta.url)

interface FactField {
  readonly name: string
  readonly type: string
  readonly versions?: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly flexibleVersions?: string
  readonly tag?: number
  readonly default?: unknown
  readonly entityType?: string
  readonly fields?: readonly FactField[]
}

interface FactMessage {
  readonly apiKey?: number
  readonly validVersions: string
  readonly flexibleVersions?: string
  readonly fields: readonly FactField[]
  readonly commonStructs?: readonly FactField[]
}

interface FactApi {
  readonly apiKey: number
  readonly name: string
  readonly validVersions: string
  readonly flexibleVersions: string
  readonly listeners: readonly string[]
}

/** One field as a line, the same from either side. */
type Described = Record<string, string>

const schemas = readSchemas()

test.skipIf(!existsSync(FACTS))(
  'every API of a broker has a schema with its key and versions',
  () => {
    const facts: FactApi[] = read('apis')
    const expected = facts
      .filter(({ listeners }) => listeners.includes('broker'))
      .map((api) => [api.apiKey, api.name, api.validVersions, flexibleOf(api)])
    const ours = schemas
      .flatMap(({ schema }) => (schema.kind === 'api' ? [schema] : []))
      .toSorted((one, other) => one.key - other.key)
      .map(({ key, name, request }) => [key, name, spelt(request.versions), flexible(request)])
    expect(ours).toEqual(expected)
  },
)

for (const { path, schema } of schemas) {
  test.skipIf(!existsSync(FACTS))(`${path} says what Kafka's definitions say`, () => {
    if (schema.kind === 'api') {
      expect(compared(schema.request, `messages/${schema.request.name}`)).toBeUndefined()
      expect(compared(schema.response, `messages/${schema.response.name}`)).toBeUndefined()
    } else if (schema.kind === 'record') {
      const { keyPart, valuePart, recordType } = schema
      expect(compared(keyPart, `internal-records/${keyPart.name}`)).toBe(recordType)
      expect(compared(valuePart, `internal-records/${valuePart.name}`)).toBe(recordType)
    } else {
      const { name } = schema.message
      const folder = name === 'ProducerSnapshot' ? 'internal-records' : 'messages'
      compared(schema.message, `${folder}/${name}`)
    }
  })
}

/** @returns the type of a record, which only the caller knows */
function compared(message: MessageSchema, file: string): number | undefined {
  const fact: FactMessage = read(file)
  expect(spelt(message.versions)).toBe(fact.validVersions)
  if (fact.flexibleVersions !== undefined) expect(flexible(message)).toBe(flexibleOf(fact))
  const within = message.versions
  const theirs: Described = {}
  for (const struct of fact.commonStructs ?? []) {
    const versions = cut(struct.versions, within)
    if (versions) describeFacts(struct.fields ?? [], { versions, path: struct.name, into: theirs })
  }
  describeFacts(fact.fields, { versions: within, path: '', into: theirs })
  const ours: Described = {}
  const shared = new Set((fact.commonStructs ?? []).map(({ name }) => name))
  for (const name of shared) {
    const struct = message.structs.get(name)
    if (struct) describe(message, struct.fields, { path: name, shared, into: ours })
  }
  describe(message, message.fields, { path: '', shared, into: ours })
  expect(ours).toEqual(theirs)
  return file.startsWith('internal-records') ? fact.apiKey : undefined
}

function describeFacts(
  fields: readonly FactField[],
  { versions, path, into }: { versions: VersionRange; path: string; into: Described },
): void {
  for (const field of fields) {
    const range = cut(field.versions ?? field.taggedVersions, versions)
    if (range === undefined) continue
    const at = `${path}.${field.name.charAt(0).toLowerCase()}${field.name.slice(1)}`
    const nullable = cut(field.nullableVersions, range)
    const tagged = cut(field.taggedVersions, range)
    into[at] = [
      field.type,
      spelt(range),
      nullable === undefined ? '' : `nullable ${spelt(nullable)}`,
      tagged === undefined ? '' : `tag ${field.tag}`,
      `default ${standard(field.default)}`,
      field.flexibleVersions === 'none' ? 'inflexible' : '',
      field.entityType ?? '',
    ].join('|')
    describeFacts(field.fields ?? [], { versions: range, path: at, into })
  }
}

const ENTITIES = new Set(['topicName', 'brokerId', 'groupId', 'producerId', 'transactionalId'])

function describe(
  message: MessageSchema,
  fields: readonly Field[],
  { path, shared, into }: { path: string; shared: ReadonlySet<string>; into: Described },
): void {
  for (const field of fields) {
    const at = `${path}.${field.name}`
    const type = SEMANTIC_TYPES[field.typeName] ?? field.typeName
    into[at] = [
      `${field.array ? '[]' : ''}${type}`,
      spelt(field.versions),
      field.nullable === undefined ? '' : `nullable ${spelt(field.nullable)}`,
      field.tag === undefined ? '' : `tag ${field.tag}`,
      `default ${standard(field.defaultText)}`,
      field.inflexible ? 'inflexible' : '',
      ENTITIES.has(field.typeName) ? field.typeName : '',
    ].join('|')
    const struct = shared.has(field.typeName) ? undefined : message.structs.get(field.typeName)
    if (struct) describe(message, struct.fields, { path: at, shared, into })
  }
}

function standard(value: unknown): string {
  if (value === undefined || value === '') return ''
  if (value === null || value === 'null') return 'null'
  const text = String(value).toLowerCase()
  if (text === 'false' || Number(text) === 0) return ''
  return text === 'true' ? text : String(BigInt(text))
}

function cut(range: string | undefined, within: VersionRange): VersionRange | undefined {
  if (range === undefined || range === 'none') return undefined
  const { first, last } = parseRange(range, within)
  return first <= last ? { first, last } : undefined
}

function spelt({ first, last }: VersionRange): string {
  return first === last ? `${first}` : `${first}-${last}`
}

function flexible(message: MessageSchema): string {
  return message.flexible === undefined ? 'none' : `${message.flexible.first}+`
}

function flexibleOf(fact: Pick<FactApi, 'validVersions'> & { flexibleVersions?: string }): string {
  const valid = parseRange(fact.validVersions, { first: 0, last: Number.MAX_SAFE_INTEGER })
  const range = cut(fact.flexibleVersions, valid)
  return range === undefined ? 'none' : `${range.first}+`
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`${file}.json`, FACTS), 'utf8'))
}
