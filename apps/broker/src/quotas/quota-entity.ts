import type { ClientQuotaPart } from '@pafka/log'

/** What quotas can be set for: a user, a client id, both together, or an address. */
export const ENTITY_TYPES = ['user', 'client-id', 'ip'] as const
export type EntityType = (typeof ENTITY_TYPES)[number]

/** Null is the default, for whoever has none of its own. */
export type QuotaEntity = readonly ClientQuotaPart[]

export function isEntityType(name: string): name is EntityType {
  return (ENTITY_TYPES as readonly string[]).includes(name)
}

/** The name of one part; null for the default, undefined where the entity has no such part. */
export function nameOf(entity: QuotaEntity, type: EntityType): string | null | undefined {
  return entity.find((part) => part.type === type)?.name
}

/** The same for the same entity, in whatever order its parts were named. */
export function entityKey(entity: QuotaEntity): string {
  const parts = ENTITY_TYPES.map((type) => [type, nameOf(entity, type)])
  return JSON.stringify(parts.filter(([, name]) => name !== undefined))
}
