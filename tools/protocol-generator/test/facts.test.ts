import { existsSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { readSchemas } from '../src/generate.ts'
import { parseRange } from '../src/parse-schema.ts'
import {
  type Field,
  type MessageSchema,
  messagesOf,
  SEMANTIC_TYPES,
  type VersionRange,
} from '../src/schema.ts'

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

const ANY: VersionRange = { first: 0, last: Number.MAX_SAFE_INTEGER }

const schemas = readSchemas()

test.skipIf(!existsSync(FACTS))(
  'every API of a broker has a schema with its key and versions',
  () => {
    const facts = read('apis') as FactApi[]
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
    for (const message of messagesOf(schema)) {
      const internal = schema.kind === 'record' || message.name === 'ProducerSnapshot'
      const folder = internal ? 'internal-records' : 'messages'
      const fact = read(`${folder}/${message.name}`) as FactMessage
      const shared = new Set((fact.commonStructs ?? []).map(({ name }) => name))
      const recordType = schema.kind === 'record' ? schema.recordType : undefined
      expect({ recordType, ...ourView(message, shared) }).toEqual({
        recordType: schema.kind === 'record' ? fact.apiKey : undefined,
        ...theirView(fact),
      })
    }
  })
}

interface View {
  readonly versions: string
  readonly flexible: string
  readonly fields: Described
}

function ourView(message: MessageSchema, shared: ReadonlySet<string>): View {
  const fields: Described = {}
  for (const name of shared) {
    const inner = message.structs.get(name)?.fields ?? []
    describe(message, inner, { path: name, shared, into: fields })
  }
  describe(message, message.fields, { path: '', shared, into: fields })
  return { versions: spelt(message.versions), flexible: flexible(message), fields }
}

function theirView(fact: FactMessage): View {
  const valid = parseRange(fact.validVersions, ANY)
  const fields: Described = {}
  for (const struct of fact.commonStructs ?? []) {
    const versions = cut(struct.versions, valid)
    if (versions) describeFacts(struct.fields ?? [], { versions, path: struct.name, into: fields })
  }
  describeFacts(fact.fields, { versions: valid, path: '', into: fields })
  return { versions: fact.validVersions, flexible: flexibleOf(fact), fields }
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
  const text = JSON.stringify(value).replaceAll('"', '').toLowerCase()
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
  const valid = parseRange(fact.validVersions, ANY)
  const range = cut(fact.flexibleVersions, valid)
  return range === undefined ? 'none' : `${range.first}+`
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`${file}.json`, FACTS), 'utf8'))
}
