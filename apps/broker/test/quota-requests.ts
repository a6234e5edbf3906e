import {
  AlterClientQuotas,
  DescribeClientQuotas,
  type DescribeClientQuotasResponse,
  ErrorCode,
} from '@pafka/protocol'

import type { WireClient } from '../src/try/wire-client.ts'

/** `{ user: 'a', 'client-id': null }`; null for the default. */
export type Entity = Readonly<Record<string, string | null>>

/** Sets quotas of one entity, or removes those that are null. Fails unless that is done. */
export async function setQuotas(
  client: WireClient,
  entity: Entity,
  quotas: Readonly<Record<string, number | null>>,
  { validateOnly = false }: { readonly validateOnly?: boolean } = {},
): Promise<void> {
  const parts = Object.entries(entity).map(([entityType, entityName]) => ({
    entityType,
    entityName,
  }))
  const ops = Object.entries(quotas).map(([key, value]) => ({
    key,
    value: value ?? 0,
    remove: value === null,
  }))
  const request = { entries: [{ entity: parts, ops }], validateOnly }
  const [entry] = (await client.send(AlterClientQuotas, 1, request)).entries
  if (entry?.errorCode !== ErrorCode.NONE) throw new Error(entry?.errorMessage ?? 'no entry')
}

/** `user=a,client-id: producer_byte_rate=1` for each entity that has quotas, sorted. */
export async function allQuotas(client: WireClient): Promise<string[]> {
  const found = await client.send(DescribeClientQuotas, 1, { components: [], strict: false })
  return (found.entries ?? []).map(textOf).toSorted()
}

function textOf({
  entity,
  values,
}: NonNullable<DescribeClientQuotasResponse['entries']>[number]): string {
  const parts = entity.map(({ entityType, entityName }) =>
    entityName === null ? entityType : `${entityType}=${entityName}`,
  )
  return `${parts.join(',')}: ${values.map(({ key, value }) => `${key}=${value}`).join(',')}`
}
