import { DecodeError } from '@pafka/base'
import { Reader, Writer } from 'protobufjs/minimal.js'

import { type CatalogKept, readKept, writeKept } from './catalog-kept.ts'
import { type FeatureLevelsSet, readFeatureLevels, writeFeatureLevels } from './feature-levels.ts'
import {
  CLIENT_QUOTAS_TAG,
  type ClientQuotasSet,
  readClientQuotas,
  writeClientQuotas,
} from './client-quotas-record.ts'

/** Overrides, by Kafka's dotted names. */
export type CatalogConfigs = ReadonlyMap<string, string>

/** One fact about the cluster that a restart must not forget. */
export type CatalogRecord =
  | TopicCreated
  | TopicDeleted
  | PartitionsAdded
  | TopicConfigsSet
  | BrokerConfigsSet
  | ProducerIdsReserved
  | LeaderEpochRaised
  | CatalogKept
  | PartitionsPlaced
  | FeatureLevelsSet
  | ClientMetricsSet
  | GroupConfigsSet
  | ClientQuotasSet

/**
 * Of each partition of a topic, in order, the log dir that it lies in, by the `directory.id` of its
 * `meta.properties`. Empty where it is not known, as is what the list is too short for.
 */
export type Places = readonly string[]

export interface TopicCreated {
  readonly kind: 'topic-created'
  readonly name: string
  readonly id: string
  readonly partitions: number
  readonly internal: boolean
  readonly configs: CatalogConfigs
  readonly places: Places
}

export interface TopicDeleted {
  readonly kind: 'topic-deleted'
  readonly id: string
  /** Dirs that may still have folders of it. */
  readonly places: Places
}

export interface PartitionsAdded {
  readonly kind: 'partitions-added'
  readonly id: string
  /** The count afterwards. */
  readonly partitions: number
  /** Of all of them. */
  readonly places: Places
}

/** Where all partitions of a topic were found. */
export interface PartitionsPlaced {
  readonly kind: 'partitions-placed'
  readonly id: string
  readonly places: Places
}

/** Replaces all overrides of a topic. */
export interface TopicConfigsSet {
  readonly kind: 'topic-configs-set'
  readonly id: string
  readonly configs: CatalogConfigs
}

/** Replaces all dynamic configs of a broker. */
export interface BrokerConfigsSet {
  readonly kind: 'broker-configs-set'
  /** A node id, or empty for the default of every broker. */
  readonly broker: string
  readonly configs: CatalogConfigs
}

/** Replaces all configs of a subscription to clients' metrics; without any it is gone. */
export interface ClientMetricsSet {
  readonly kind: 'client-metrics-set'
  readonly name: string
  readonly configs: CatalogConfigs
}

/** Replaces all configs of a group; without any it has the broker's. */
export interface GroupConfigsSet {
  readonly kind: 'group-configs-set'
  readonly name: string
  readonly configs: CatalogConfigs
}

export interface ProducerIdsReserved {
  readonly kind: 'producer-ids-reserved'
  /** First block that nobody took yet, counted in blocks. */
  readonly nextBlock: number
}

export interface LeaderEpochRaised {
  readonly kind: 'leader-epoch-raised'
  readonly leaderEpoch: number
}

/*
 * The bytes are Protocol Buffers, of this schema. Fields are only ever added. Reader and writer are
 * written out, because loading a reflection takes longer than starting the rest of the broker may.
 *
 *   message Batch   { repeated Record records = 1; }
 *   message Record  { oneof { Topic created = 1; Topic deleted = 2; Topic partitions = 3;
 *                     Topic configs = 4; Broker broker = 5; uint32 next_block = 6;
 *                     uint32 leader_epoch = 7; Kept kept = 8 (catalog-kept.ts);
 *                     Topic placed = 9;
 *                     Features features = 10 (feature-levels.ts);
 *                     Broker client_metrics = 11 (id is its name);
 *                     Quotas quotas = 12 (client-quotas-record.ts);
 *                     Broker group_configs = 13 (id is the group's); } }
 *   message Topic   { string id = 1; string name = 2; uint32 partitions = 3; bool internal = 4;
 *                     map<string, string> configs = 5; repeated string dirs = 6;
 *                     repeated uint32 places = 7 (index in dirs, of each partition); }
 *   message Broker  { string id = 1; map<string, string> configs = 5; }
 */
const TOPIC_TAGS = {
  'topic-created': 1,
  'topic-deleted': 2,
  'partitions-added': 3,
  'topic-configs-set': 4,
  'partitions-placed': 9,
} as const
const BROKER_TAG = 5
const NEXT_BLOCK_TAG = 6
const LEADER_EPOCH_TAG = 7
const KEPT_TAG = 8
const FEATURES_TAG = 10
const CLIENT_METRICS_TAG = 11
const GROUP_CONFIGS_TAG = 13
const PLACED_TAG = TOPIC_TAGS['partitions-placed']
const CONFIGS_TAG = 5
const DIRS_TAG = 6
const PLACES_TAG = 7
const LENGTH_DELIMITED = 2
const VARINT = 0

/** All of one change, so that a restart sees either the whole of it or nothing. */
export function encodeCatalogRecords(records: readonly CatalogRecord[]): Uint8Array {
  const writer = Writer.create()
  for (const record of records) {
    writer.uint32(key(1, LENGTH_DELIMITED)).fork()
    writeRecord(writer, record)
    writer.ldelim()
  }
  return writer.finish()
}

/** @throws {DecodeError} also for a record of a kind that a newer version wrote. */
export function decodeCatalogRecords(bytes: Uint8Array): CatalogRecord[] {
  const records: CatalogRecord[] = []
  try {
    const reader = Reader.create(bytes)
    while (reader.pos < reader.len) {
      if (reader.uint32() !== key(1, LENGTH_DELIMITED)) throw new DecodeError('not a record')
      records.push(readRecord(reader, reader.uint32() + reader.pos))
    }
  } catch (error) {
    if (error instanceof DecodeError) throw error
    throw new DecodeError('a catalog record does not decode', { cause: error })
  }
  return records
}

function key(field: number, wireType: number): number {
  return (field << 3) | wireType
}

function writeRecord(writer: Writer, record: CatalogRecord): void {
  switch (record.kind) {
    case 'producer-ids-reserved':
      writer.uint32(key(NEXT_BLOCK_TAG, VARINT)).uint32(record.nextBlock)
      return
    case 'leader-epoch-raised':
      writer.uint32(key(LEADER_EPOCH_TAG, VARINT)).uint32(record.leaderEpoch)
      return
    case 'catalog-kept':
      writer.uint32(key(KEPT_TAG, LENGTH_DELIMITED)).fork()
      writeKept(writer, record)
      writer.ldelim()
      return
    case 'feature-levels-set':
      writer.uint32(key(FEATURES_TAG, LENGTH_DELIMITED)).fork()
      writeFeatureLevels(writer, record.levels)
      writer.ldelim()
      return
    case 'client-quotas-set':
      writer.uint32(key(CLIENT_QUOTAS_TAG, LENGTH_DELIMITED)).fork()
      writeClientQuotas(writer, record)
      writer.ldelim()
      return
    case 'broker-configs-set':
      writeOwnedConfigs(writer, BROKER_TAG, [record.broker, record.configs])
      return
    case 'client-metrics-set':
      writeOwnedConfigs(writer, CLIENT_METRICS_TAG, [record.name, record.configs])
      return
    case 'group-configs-set':
      writeOwnedConfigs(writer, GROUP_CONFIGS_TAG, [record.name, record.configs])
      return
    default:
      writer.uint32(key(TOPIC_TAGS[record.kind], LENGTH_DELIMITED)).fork()
      writeTopic(writer, record)
      writer.ldelim()
  }
}

function writeOwnedConfigs(
  writer: Writer,
  tag: number,
  [owner, configs]: readonly [owner: string, configs: CatalogConfigs],
): void {
  writer.uint32(key(tag, LENGTH_DELIMITED)).fork()
  writer.uint32(key(1, LENGTH_DELIMITED)).string(owner)
  writeConfigs(writer, configs)
  writer.ldelim()
}

function writeTopic(
  writer: Writer,
  record: TopicCreated | TopicDeleted | PartitionsAdded | TopicConfigsSet | PartitionsPlaced,
): void {
  writer.uint32(key(1, LENGTH_DELIMITED)).string(record.id)
  if ('name' in record) writer.uint32(key(2, LENGTH_DELIMITED)).string(record.name)
  if ('partitions' in record) writer.uint32(key(3, VARINT)).uint32(record.partitions)
  if ('internal' in record) writer.uint32(key(4, VARINT)).bool(record.internal)
  if ('configs' in record) writeConfigs(writer, record.configs)
  if ('places' in record) writePlaces(writer, record.places)
}

function writePlaces(writer: Writer, places: Places): void {
  if (places.length === 0) return
  const indexes = new Map([...new Set(places)].map((dir, index) => [dir, index]))
  for (const dir of indexes.keys()) writer.uint32(key(DIRS_TAG, LENGTH_DELIMITED)).string(dir)
  writer.uint32(key(PLACES_TAG, LENGTH_DELIMITED)).fork()
  for (const dir of places) writer.uint32(indexes.get(dir) ?? 0)
  writer.ldelim()
}

function writeConfigs(writer: Writer, configs: CatalogConfigs): void {
  for (const [name, value] of configs) {
    writer.uint32(key(CONFIGS_TAG, LENGTH_DELIMITED)).fork()
    writer.uint32(key(1, LENGTH_DELIMITED)).string(name)
    writer.uint32(key(2, LENGTH_DELIMITED)).string(value)
    writer.ldelim()
  }
}

function readRecord(reader: Reader, end: number): CatalogRecord {
  if (end > reader.len) throw new DecodeError('a catalog record is cut short')
  const tag = reader.uint32()
  const field = tag >>> 3
  let record: CatalogRecord
  if (tag === key(NEXT_BLOCK_TAG, VARINT)) {
    record = { kind: 'producer-ids-reserved', nextBlock: reader.uint32() }
  } else if (tag === key(LEADER_EPOCH_TAG, VARINT)) {
    record = { kind: 'leader-epoch-raised', leaderEpoch: reader.uint32() }
  } else if (tag === key(KEPT_TAG, LENGTH_DELIMITED)) {
    record = readKept(reader, endOf(reader))
  } else if (tag === key(FEATURES_TAG, LENGTH_DELIMITED)) {
    record = readFeatureLevels(reader, endOf(reader))
  } else if (tag === key(CLIENT_QUOTAS_TAG, LENGTH_DELIMITED)) {
    record = readClientQuotas(reader, endOf(reader))
  } else if (isOfFields(field) && (tag & 7) === LENGTH_DELIMITED) {
    record = recordOf(field, readFields(reader, reader.uint32() + reader.pos))
  } else {
    throw new DecodeError(`catalog record of unknown kind ${field}: written by a newer version?`)
  }
  if (reader.pos !== end) throw new DecodeError('a catalog record is longer than its fields')
  return record
}

/** @returns where the message ends whose length comes next. */
function endOf(reader: Reader): number {
  const end = reader.uint32() + reader.pos
  if (end > reader.len) throw new DecodeError('a catalog record is cut short')
  return end
}

function isOfFields(field: number): boolean {
  const others = [PLACED_TAG, CLIENT_METRICS_TAG, GROUP_CONFIGS_TAG]
  return (field >= 1 && field <= BROKER_TAG) || others.includes(field)
}

interface Fields {
  id: string
  name: string
  partitions: number
  internal: boolean
  configs: Map<string, string>
  dirs: string[]
  indexes: number[]
}

function recordOf(field: number, fields: Fields): CatalogRecord {
  const { id, name, partitions, internal, configs, dirs } = fields
  const places = fields.indexes.map((index) => dirs[index] ?? '')
  switch (field) {
    case 1:
      return { kind: 'topic-created', id, name, partitions, internal, configs, places }
    case 2:
      return { kind: 'topic-deleted', id, places }
    case 3:
      return { kind: 'partitions-added', id, partitions, places }
    case PLACED_TAG:
      return { kind: 'partitions-placed', id, places }
    case 4:
      return { kind: 'topic-configs-set', id, configs }
    case CLIENT_METRICS_TAG:
      return { kind: 'client-metrics-set', name: id, configs }
    case GROUP_CONFIGS_TAG:
      return { kind: 'group-configs-set', name: id, configs }
    default:
      return { kind: 'broker-configs-set', broker: id, configs }
  }
}

function readFields(reader: Reader, end: number): Fields {
  if (end > reader.len) throw new DecodeError('a catalog record is cut short')
  const lists = { configs: new Map<string, string>(), dirs: [], indexes: [] }
  const fields: Fields = { id: '', name: '', partitions: 0, internal: false, ...lists }
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === key(1, LENGTH_DELIMITED)) fields.id = reader.string()
    else if (tag === key(2, LENGTH_DELIMITED)) fields.name = reader.string()
    else if (tag === key(3, VARINT)) fields.partitions = reader.uint32()
    else if (tag === key(4, VARINT)) fields.internal = reader.bool()
    else if (tag === key(CONFIGS_TAG, LENGTH_DELIMITED)) readConfig(reader, fields.configs)
    else if (tag === key(DIRS_TAG, LENGTH_DELIMITED)) fields.dirs.push(reader.string())
    else if (tag === key(PLACES_TAG, LENGTH_DELIMITED)) readIndexes(reader, fields.indexes)
    else reader.skipType(tag & 7)
  }
  return fields
}

function readIndexes(reader: Reader, indexes: number[]): void {
  const end = reader.uint32() + reader.pos
  if (end > reader.len) throw new DecodeError('a catalog record is cut short')
  while (reader.pos < end) indexes.push(reader.uint32())
}

function readConfig(reader: Reader, configs: Map<string, string>): void {
  const end = reader.uint32() + reader.pos
  let name = ''
  let value = ''
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === key(1, LENGTH_DELIMITED)) name = reader.string()
    else if (tag === key(2, LENGTH_DELIMITED)) value = reader.string()
    else reader.skipType(tag & 7)
  }
  configs.set(name, value)
}
