import { DecodeError } from '@pafka/base'
import type { Reader, Writer } from 'protobufjs/minimal.js'

/** Replaces all quotas of a user, a client id, both together, or an address; none removes it. */
export interface ClientQuotasSet {
  readonly kind: 'client-quotas-set'
  readonly entity: readonly ClientQuotaPart[]
  /** By Kafka's names of them. */
  readonly quotas: ReadonlyMap<string, number>
}

/** What an entity of quotas is named by. */
export interface ClientQuotaPart {
  /** `user`, `client-id`, `ip` */
  readonly type: string
  /** Null for the default of all that have none of their own. */
  readonly name: string | null
}

/** Field of `Record`; the schema's rest is in `catalog-record.ts`. */
export const CLIENT_QUOTAS_TAG = 12

/*
 *   message Quotas { repeated Part entity = 1; map<string, double> quotas = 2; }
 *   message Part   { string type = 1; optional string name = 2; }
 */
const FIRST_TEXT = (1 << 3) | 2
const SECOND_TEXT = (2 << 3) | 2
const SECOND_DOUBLE = (2 << 3) | 1

export function writeClientQuotas(writer: Writer, { entity, quotas }: ClientQuotasSet): void {
  for (const { type, name } of entity) {
    writer.uint32(FIRST_TEXT).fork()
    writer.uint32(FIRST_TEXT).string(type)
    if (name !== null) writer.uint32(SECOND_TEXT).string(name)
    writer.ldelim()
  }
  for (const [key, value] of quotas) {
    writer.uint32(SECOND_TEXT).fork()
    writer.uint32(FIRST_TEXT).string(key)
    writer.uint32(SECOND_DOUBLE).double(value)
    writer.ldelim()
  }
}

export function readClientQuotas(reader: Reader, end: number): ClientQuotasSet {
  if (end > reader.len) throw new DecodeError('a catalog record is cut short')
  const entity: ClientQuotaPart[] = []
  const quotas = new Map<string, number>()
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === FIRST_TEXT) entity.push(readPart(reader, reader.uint32() + reader.pos))
    else if (tag === SECOND_TEXT) readQuota(reader, quotas)
    else reader.skipType(tag & 7)
  }
  return { kind: 'client-quotas-set', entity, quotas }
}

function readPart(reader: Reader, end: number): ClientQuotaPart {
  const part: { type: string; name: string | null } = { type: '', name: null }
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === FIRST_TEXT) part.type = reader.string()
    else if (tag === SECOND_TEXT) part.name = reader.string()
    else reader.skipType(tag & 7)
  }
  return part
}

function readQuota(reader: Reader, quotas: Map<string, number>): void {
  const end = reader.uint32() + reader.pos
  let key = ''
  let value = 0
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === FIRST_TEXT) key = reader.string()
    else if (tag === SECOND_DOUBLE) value = reader.double()
    else reader.skipType(tag & 7)
  }
  quotas.set(key, value)
}
