import type { ClientQuotasSet } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'

import { type EntityType, isEntityType, nameOf } from './quota-entity.ts'
import type { QuotaRefusal } from './plan-alterations.ts'

const MATCH_EXACT = 0
const MATCH_DEFAULT = 1
const MATCH_ANY = 2

/** What an entity must have to be told of. */
export interface QuotaFilter {
  readonly components: readonly {
    readonly entityType: string
    readonly matchType: number
    readonly match: string | null
  }[]
  /** It must have nothing else. */
  readonly strict: boolean
}

/** A name, null for the default, or anything that is there. */
type Wanted = ReadonlyMap<EntityType, string | null | typeof ANYTHING>

const ANYTHING = Symbol('anything')

/** Finds what a filter describes. Source: Kafka `ClientQuotasImage.java`. */
export function selectQuotas(
  { components, strict }: QuotaFilter,
  known: Iterable<ClientQuotasSet>,
): readonly ClientQuotasSet[] | QuotaRefusal {
  const wanted = wantedOf(components)
  if ('errorCode' in wanted) return wanted
  return [...known].filter(({ entity }) => {
    if (strict && entity.length !== wanted.size) return false
    for (const [type, name] of wanted) {
      const found = nameOf(entity, type)
      if (name === ANYTHING ? found === undefined : found !== name) return false
    }
    return true
  })
}

function wantedOf(components: QuotaFilter['components']): Wanted | QuotaRefusal {
  const wanted = new Map<EntityType, string | null | typeof ANYTHING>()
  for (const { entityType: type, matchType, match } of components) {
    if (type === '') return refuse('Invalid empty entity type.')
    if (!isEntityType(type)) {
      const errorMessage = `Unsupported entity type ${type.slice(0, 100)}`
      return { errorCode: ErrorCode.UNSUPPORTED_VERSION, errorMessage }
    }
    if (wanted.has(type)) {
      return refuse(`Entity type ${type} cannot appear more than once in the filter.`)
    }
    const problem = matchProblem(matchType, match)
    if (problem !== undefined) return refuse(problem)
    wanted.set(type, matchType === MATCH_ANY ? ANYTHING : match)
  }
  if (wanted.has('ip') && wanted.size > 1) {
    return refuse('An IP filter component cannot be used with those of users or client ids.')
  }
  return wanted
}

function matchProblem(matchType: number, match: string | null): string | undefined {
  switch (matchType) {
    case MATCH_EXACT:
      return match === null ? 'An exact match has no name to match.' : undefined
    case MATCH_DEFAULT:
      return match === null ? undefined : 'A match of the default has a name.'
    case MATCH_ANY:
      return match === null ? undefined : 'A match of any name has a name.'
    default:
      return `Unknown match type ${matchType}`
  }
}

function refuse(errorMessage: string): QuotaRefusal {
  return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage }
}
