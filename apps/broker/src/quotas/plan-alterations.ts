import { isIP } from 'node:net'

import type { ClientQuotasSet } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'

import { entityKey, isEntityType, nameOf, type QuotaEntity } from './quota-entity.ts'
import { CLIENT_QUOTA_KEYS, IP_QUOTA_KEYS, type QuotaNumber } from './quota-keys.ts'

/** A name that is longer is no user's and no client's; it would only fill memory. */
const LONGEST_NAME = 1024
/** Entities with quotas. Kafka has no bound; each of these is in memory and in the catalog. */
export const MOST_ENTITIES = 10_000
const LARGEST_INT = 2 ** 31 - 1
const LARGEST_LONG = 2 ** 63
/** What a whole number may be off by. As in Kafka. */
const EPSILON = 1e-6

/** What is asked for one entity. */
export interface QuotaAlteration {
  readonly entity: readonly { readonly entityType: string; readonly entityName: string | null }[]
  readonly ops: readonly QuotaOp[]
}

interface QuotaOp {
  readonly key: string
  readonly value: number
  readonly remove: boolean
}

export interface QuotaRefusal {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
}

export interface PlannedAlterations {
  /** For each entity that was asked for, in order; undefined where it can be had. */
  readonly refusals: readonly (QuotaRefusal | undefined)[]
  /** What changes; nothing for an entity that is as it is wanted. */
  readonly records: readonly ClientQuotasSet[]
}

type Known = ReadonlyMap<string, ClientQuotasSet>
type Planned = ClientQuotasSet | QuotaRefusal | undefined

/**
 * Decides on each entity of a request: all of its quotas change, or none. Where Kafka takes what
 * makes no sense, NaN or infinity for a number, a part or an entity named twice, this refuses.
 * Source: Kafka `ClientQuotaControlManager.java`, and what Kafka 4.3.1 answered.
 */
export function planAlterations(
  alterations: readonly QuotaAlteration[],
  known: Known,
): PlannedAlterations {
  const entities = alterations.map(({ entity }) =>
    entity.map(({ entityType: type, entityName: name }) => ({ type, name })),
  )
  const asked = new Map<string, number>()
  for (const entity of entities) count(asked, entityKey(entity))
  let size = known.size
  const planned = entities.map((entity, at): Planned => {
    const problem = entityProblem(entity)
    if (problem !== undefined) return refuse(problem)
    const key = entityKey(entity)
    if (asked.get(key) !== 1)
      return refuse('Ignoring duplicate entity: it is named more than once.')
    const before = known.get(key)
    const plan = planEntity(entity, alterations[at]?.ops ?? [], before?.quotas ?? new Map())
    if (plan === undefined || 'errorCode' in plan) return plan
    const grows = Number(plan.quotas.size > 0) - Number(before !== undefined)
    if (grows > 0 && size >= MOST_ENTITIES) {
      return refuse(`There are ${MOST_ENTITIES} entities with quotas, which is the most.`)
    }
    size += grows
    return plan
  })
  return {
    refusals: planned.map((plan) => (plan !== undefined && 'errorCode' in plan ? plan : undefined)),
    records: planned.flatMap((plan) => (plan !== undefined && 'kind' in plan ? [plan] : [])),
  }
}

function planEntity(
  entity: QuotaEntity,
  ops: readonly QuotaOp[],
  before: ReadonlyMap<string, number>,
): Planned {
  const keys = nameOf(entity, 'ip') === undefined ? CLIENT_QUOTA_KEYS : IP_QUOTA_KEYS
  const quotas = new Map(before)
  const seen = new Set<string>()
  for (const { key, value, remove } of ops) {
    if (seen.has(key)) return refuse(`Duplicate quota key ${key}`)
    seen.add(key)
    if (remove) {
      quotas.delete(key) // as in Kafka, also one that does not exist
      continue
    }
    const type = keys.get(key)
    if (type === undefined) return refuse(`Invalid configuration key ${key}`)
    const problem = valueProblem(key, value, type)
    if (problem !== undefined) return refuse(problem)
    quotas.set(key, value)
  }
  const isSame =
    quotas.size === before.size && [...quotas].every(([key, value]) => before.get(key) === value)
  return isSame ? undefined : { kind: 'client-quotas-set', entity, quotas }
}

function entityProblem(entity: QuotaEntity): string | undefined {
  if (entity.length === 0) return 'Invalid empty client quota entity'
  const types = new Set<string>()
  for (const { type, name } of entity) {
    if (!isEntityType(type)) return `Unhandled client quota entity type: ${type.slice(0, 100)}`
    if (types.has(type)) return `Invalid client quota entity: ${type} is named twice`
    types.add(type)
    if (name === '') return `Empty ${type} not supported`
    if (name !== null && name.length > LONGEST_NAME) {
      return `The name of a ${type} is at most ${LONGEST_NAME} characters long.`
    }
  }
  const address = nameOf(entity, 'ip')
  if (address === undefined) return undefined
  if (entity.length > 1) {
    return 'Invalid quota entity combination: an IP is not combined with a user or a client id'
  }
  // A host's name would have to be resolved again and again: who means an address says it.
  if (address !== null && isIP(address) === 0) return `${address} is not a valid IP address.`
  return undefined
}

function valueProblem(key: string, value: number, type: QuotaNumber): string | undefined {
  if (Number.isNaN(value)) return `Quota ${key} must be a number`
  if (value <= 0) return `Quota ${key} must be greater than 0`
  if (type === 'double') return value < Infinity ? undefined : `Quota ${key} must be finite`
  const largest = type === 'int' ? LARGEST_INT : LARGEST_LONG
  if (value > largest) return `Proposed value for ${key} is too large: ${type.toUpperCase()}.`
  if (Math.abs(Math.trunc(value + EPSILON) - value) > EPSILON) {
    return `${key} cannot be a fractional value.`
  }
  return undefined
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function refuse(errorMessage: string): QuotaRefusal {
  return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage }
}
