import { notOfRegistry } from './registry-error.ts'
import type {
  KnownSchema,
  Registration,
  SchemaReference,
  SchemaType,
  SchemaVersion,
} from './schema.ts'

// What a registry answers, checked: it is not ours.

const TYPES: readonly SchemaType[] = ['AVRO', 'PROTOBUF', 'JSON']

/** @throws {SchemaRegistryError} as all of these */
export function schemaVersionIn(answer: unknown, what: string): SchemaVersion {
  const subject = textIn(answer, 'subject', what)
  return { ...knownSchemaIn(answer, what), subject, version: numberIn(answer, 'version', what) }
}

export function knownSchemaIn(answer: unknown, what: string): KnownSchema {
  const type = fieldOf(answer, 'schemaType') ?? 'AVRO'
  const known = TYPES.find((one) => one === type)
  if (known === undefined)
    throw notOfRegistry(what, `there is no schemaType ${JSON.stringify(type)}`)
  const id = fieldOf(answer, 'id')
  return {
    ...{ type: known, schema: textIn(answer, 'schema', what) },
    ...{ references: referencesIn(answer, what), guid: guidIn(answer) },
    rules: rulesIn(answer),
    id: typeof id === 'number' ? id : -1,
  }
}

export function registrationIn(answer: unknown, what: string): Registration {
  const version = fieldOf(answer, 'version')
  return {
    ...{ id: numberIn(answer, 'id', what), guid: guidIn(answer) },
    version: typeof version === 'number' && version > 0 ? version : undefined,
  }
}

export function listIn<T extends 'string' | 'number'>(
  answer: unknown,
  of: T,
  what: string,
): (T extends 'string' ? string : number)[] {
  const isList = Array.isArray(answer) && answer.every((one) => typeof one === of)
  if (!isList) throw notOfRegistry(what, `its answer is no list of ${of}s`)
  return answer as (T extends 'string' ? string : number)[]
}

export function textIn(answer: unknown, name: string, what: string): string {
  const value = fieldOf(answer, name)
  if (typeof value !== 'string') throw notOfRegistry(what, `its answer has no ${name}`)
  return value
}

function numberIn(answer: unknown, name: string, what: string): number {
  const value = fieldOf(answer, name)
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw notOfRegistry(what, `its answer has no ${name}`)
}

function guidIn(answer: unknown): string | undefined {
  const guid = fieldOf(answer, 'guid')
  return typeof guid === 'string' && guid !== '' ? guid : undefined
}

/** Of a data contract, those that are not switched off. */
function rulesIn(answer: unknown): string[] {
  const rules = fieldOf(answer, 'ruleSet')
  const lists = ['domainRules', 'encodingRules'].map((name) => fieldOf(rules, name))
  const all: unknown[] = lists.flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []))
  return all.flatMap((rule) => {
    const name = fieldOf(rule, 'name')
    if (fieldOf(rule, 'disabled') === true) return []
    return typeof name === 'string' ? name : 'without a name'
  })
}

function referencesIn(answer: unknown, what: string): SchemaReference[] {
  const list: unknown = fieldOf(answer, 'references') ?? []
  if (!Array.isArray(list)) throw notOfRegistry(what, 'references are no list')
  return list.map((one: unknown) => ({
    ...{ name: textIn(one, 'name', what), subject: textIn(one, 'subject', what) },
    version: numberIn(one, 'version', what),
  }))
}

export function fieldOf(answer: unknown, name: string): unknown {
  return typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined
}
