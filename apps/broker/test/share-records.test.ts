import { readFileSync } from 'node:fs'

import { silentLogger } from '@pafka/base'
import { WireReader } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { type CoordinatorRecord, partitionOfKey } from '../src/coordinator-log/coordinator-log.ts'
import { decodeShareRecord, shareGroupFormat } from '../src/share-groups/share-group-codec.ts'
import { SharePartition } from '../src/share-groups/share-partition.ts'
import { decodeStateRecord, keyOfPlace } from '../src/share-groups/share-state-record.ts'
import { ShareStates } from '../src/share-groups/share-states.ts'
import { MemoryCoordinatorLog } from './memory-coordinator-log.ts'

/** What Apache Kafka 4.3.1 wrote of a group that was at twenty records of one partition. */
const FIXTURE = new URL('fixtures/share-records.jsonl', import.meta.url)

interface Stored {
  readonly topic: string
  readonly key: string
  readonly value: string | null
}

function recordsOf(topic: string): CoordinatorRecord[] {
  const lines = readFileSync(FIXTURE, 'utf8').trim().split('\n')
  return lines
    .map((line) => JSON.parse(line) as Stored)
    .filter((one) => one.topic === topic)
    .map(({ key, value }) => ({
      key: Buffer.from(key, 'base64'),
      value: value === null ? null : Buffer.from(value, 'base64'),
    }))
}

test('what Kafka wrote of a share group is written the same, byte for byte', () => {
  const kinds = new Map<string, number>()
  for (const { key, value } of recordsOf('offsets')) {
    const reader = new WireReader(key)
    const stored = decodeShareRecord(reader.int16(), reader, value)
    if (stored === undefined) throw new Error('a record of a share group is not read')
    const { groupId, record } = stored
    const again = shareGroupFormat.encode(groupId, record)
    expect(Buffer.compare(again.key, key)).toBe(0)
    const isSame = value !== null && Buffer.compare(again.value ?? Buffer.alloc(0), value) === 0
    if (isSame) kinds.set(record.kind, (kinds.get(record.kind) ?? 0) + 1)
  }
  // not the hash of topics, which is another; nor what Kafka has only begun with
  expect([...kinds.keys()].toSorted()).toEqual([
    'current',
    'member',
    'target',
    'target-epoch',
    'topics',
  ])
})

test('where Kafka left a share group, it goes on', async () => {
  const log = new MemoryCoordinatorLog()
  const records = recordsOf('state')
  const [first] = records
  const place = first && decodeStateRecord(first)?.place
  if (place === undefined) throw new Error('no state in the fixture')
  log.records(partitionOfKey(keyOfPlace(place), log.partitionCount)).push(...records)
  const states = new ShareStates({ clock: new ManualClock(), logger: silentLogger, log })
  states.start()
  const state = await states.read(place)
  if (state === null || typeof state === 'number') throw new Error('not read')
  expect(new SharePartition(state).startOffset, 'all twenty are done with').toBe(20)
})
