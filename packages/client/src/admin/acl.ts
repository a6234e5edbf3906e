import type { Checks } from '../options/checks.ts'
import { Enumeration } from './enumeration.ts'

export type AclResourceType =
  | 'topic'
  | 'group'
  | 'cluster'
  | 'transactional-id'
  | 'delegation-token'
  | 'user'

/** `prefixed`: for all names that begin so. */
export type AclPattern = 'literal' | 'prefixed'

export type AclOperation =
  | 'all'
  | 'read'
  | 'write'
  | 'create'
  | 'delete'
  | 'alter'
  | 'describe'
  | 'cluster-action'
  | 'describe-configs'
  | 'alter-configs'
  | 'idempotent-write'
  | 'create-tokens'
  | 'describe-tokens'
  | 'two-phase-commit'

export type AclPermission = 'allow' | 'deny'

/** What somebody may do, or may not. */
export interface AclBinding {
  readonly type: AclResourceType | 'unknown'
  readonly name: string
  readonly pattern: AclPattern | 'unknown'
  /** `User:alice`; `User:*` for everybody. */
  readonly principal: string
  /** An address; `*` for any. */
  readonly host: string
  readonly operation: AclOperation | 'unknown'
  readonly permission: AclPermission | 'unknown'
}

export interface NewAcl {
  readonly type: AclResourceType
  /** `*` for all of the type. The cluster has only one, which is the default. */
  readonly name?: string
  /** `literal` by default. */
  readonly pattern?: AclPattern
  readonly principal: string
  /** Any by default. */
  readonly host?: string
  readonly operation: AclOperation
  /** `allow` by default. */
  readonly permission?: AclPermission
}

/** What is not said matches anything. */
export interface AclFilter {
  readonly type?: AclResourceType | 'any'
  readonly name?: string
  /** `match`: all that are for the name, by a prefix or by `*`, too. */
  readonly pattern?: AclPattern | 'match' | 'any'
  readonly principal?: string
  readonly host?: string
  readonly operation?: AclOperation | 'any'
  readonly permission?: AclPermission | 'any'
}

/** Source: Kafka `ResourceType`. */
const TYPES = new Enumeration<AclResourceType | 'any'>({
  ...{ any: 1, topic: 2, group: 3, cluster: 4, 'transactional-id': 5 },
  ...{ 'delegation-token': 6, user: 7 },
})
/** Source: Kafka `PatternType`. */
const PATTERNS = new Enumeration<AclPattern | 'any' | 'match'>({
  ...{ any: 1, match: 2, literal: 3, prefixed: 4 },
})
/** Source: Kafka `AclOperation`. */
const OPERATIONS = new Enumeration<AclOperation | 'any'>({
  ...{ any: 1, all: 2, read: 3, write: 4, create: 5, delete: 6, alter: 7, describe: 8 },
  ...{ 'cluster-action': 9, 'describe-configs': 10, 'alter-configs': 11 },
  ...{ 'idempotent-write': 12, 'create-tokens': 13, 'describe-tokens': 14 },
  'two-phase-commit': 15,
})
/** Source: Kafka `AclPermissionType`. */
const PERMISSIONS = new Enumeration<AclPermission | 'any'>({ any: 1, deny: 2, allow: 3 })
/** Source: Kafka `Resource.CLUSTER_NAME`. */
const CLUSTER_NAME = 'kafka-cluster'
/** Source: Kafka `MetadataResponse.AUTHORIZED_OPERATIONS_OMITTED`. */
const NOT_SAID = -(2 ** 31)
const PRINCIPAL = /^[^:]+:.+$/u

interface WireAcl {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

interface WireFilter {
  readonly resourceTypeFilter: number
  readonly resourceNameFilter: string | null
  readonly patternTypeFilter: number
  readonly principalFilter: string | null
  readonly hostFilter: string | null
  readonly operation: number
  readonly permissionType: number
}

export function aclFrom(acl: WireAcl): AclBinding {
  return {
    type: unlessAny(TYPES.name(acl.resourceType)),
    name: acl.resourceName,
    pattern: unlessAny(PATTERNS.name(acl.patternType)),
    ...{ principal: acl.principal, host: acl.host },
    operation: unlessAny(OPERATIONS.name(acl.operation)),
    permission: unlessAny(PERMISSIONS.name(acl.permissionType)),
  }
}

export function wireAcl(
  acl: NewAcl,
): Omit<WireAcl, 'patternType'> & { readonly resourcePatternType: number } {
  const { type, name = CLUSTER_NAME, pattern = 'literal', permission = 'allow' } = acl
  return {
    ...{ resourceType: TYPES.number(type), resourceName: name },
    ...{ resourcePatternType: PATTERNS.number(pattern), principal: acl.principal },
    ...{ host: acl.host ?? '*', operation: OPERATIONS.number(acl.operation) },
    permissionType: PERMISSIONS.number(permission),
  }
}

export function wireFilter(filter: AclFilter): WireFilter {
  const { type = 'any', pattern = 'any', operation = 'any', permission = 'any' } = filter
  const { name = null, principal = null, host = null } = filter
  return {
    ...{ resourceTypeFilter: TYPES.number(type), resourceNameFilter: name },
    ...{ patternTypeFilter: PATTERNS.number(pattern), principalFilter: principal },
    ...{ hostFilter: host, operation: OPERATIONS.number(operation) },
    permissionType: PERMISSIONS.number(permission),
  }
}

export function checkAcl(acl: NewAcl, checks: Checks): void {
  checkAclFilter(acl, checks)
  const all: readonly unknown[] = [acl.type, acl.pattern, acl.operation, acl.permission]
  checks.check(!all.includes('any') && !all.includes('match'), 'acl: it says what it is for')
  checks.oneOf('type', acl.type, TYPES.names)
  checks.oneOf('operation', acl.operation, OPERATIONS.names)
  checks.check(acl.name !== undefined || acl.type === 'cluster', `name of a ${acl.type}: none`)
  checks.check(PRINCIPAL.test(acl.principal), `principal: ${acl.principal} is no User:name`)
}

export function checkAclFilter(filter: AclFilter, checks: Checks): void {
  const { type = 'any', pattern = 'any', operation = 'any', permission = 'any' } = filter
  checks.oneOf('type', type, TYPES.names)
  checks.oneOf('pattern', pattern, PATTERNS.names)
  checks.oneOf('operation', operation, OPERATIONS.names)
  checks.oneOf('permission', permission, PERMISSIONS.names)
  const names = [filter.name, filter.principal, filter.host]
  for (const name of names) if (name !== undefined) checks.name('acl', name)
}

/** For people: `allow User:alice read topic orders`. */
export function aclText(acl: AclFilter | AclBinding): string {
  const { permission, principal, host, operation, type, pattern, name } = acl
  return [permission, principal, host, operation, type, pattern, name]
    .filter((part) => part !== undefined)
    .join(' ')
}

function unlessAny<Name extends string>(
  name: Name | 'any' | 'match',
): Exclude<Name, 'any' | 'match'> | 'unknown' {
  return name === 'any' || name === 'match' ? 'unknown' : (name as Exclude<Name, 'any' | 'match'>)
}

/** What a broker lets us do with something, as bits; undefined where it does not say it. */
export function operationsOf(bits: number): AclOperation[] | undefined {
  if (bits === NOT_SAID) return undefined
  return OPERATIONS.names.filter((name): name is AclOperation => {
    return name !== 'any' && ((bits >>> OPERATIONS.number(name)) & 1) === 1
  })
}
