import { silentLogger } from '@pafka/base'
import { memoryFileSystem } from '@pafka/log'
import { encodeEndTransactionMarker, ErrorCode, readBatches, readRecords } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'
import type { PartitionLog } from '@pafka/log'
import {
  commitOf,
  CoordinatorStage,
  NOBODY,
  offsetOf,
  RETENTION_MS,
} from '../../test/coordinator-stage.ts'
import { OFFSETS_TOPIC, offsetsTopic } from '../groups/offsets-topic.ts'
import type { CoordinatorRecord } from './coordinator-log.ts'
import { TopicCoordinatorLog } from './topic-coordinator-log.ts'

function open(rig: HandlerRig, warnings: string[] = []): TopicCoordinatorLog {
  const { topics, clock, config } = rig.broker
  const logger = { ...silentLogger, warn: (event: string) => void warnings.push(event) }
  return new TopicCoordinatorLog({ topic: offsetsTopic(config), topics, clock, logger })
}

function append(
  log: TopicCoordinatorLog,
  partition: number,
  ...records: readonly CoordinatorRecord[]
): Promise<ErrorCode> {
  return new Promise((resolve) => log.append(partition, records, resolve))
}

function record(key: string, value: string | null): CoordinatorRecord {
  return { key: Buffer.from(key), value: value === null ? null : Buffer.from(value) }
}

async function replayed(log: TopicCoordinatorLog, partition: number): Promise<string[]> {
  const lines: string[] = []
  await log.replay(partition, {
    record: ({ key, value }, producerId) => {
      const line = `${Buffer.from(key).toString()}=${value && Buffer.from(value).toString()}`
      lines.push(producerId < 0 ? line : `${producerId}: ${line}`)
    },
    ended: (producerId, how) => void lines.push(`${producerId}: ${how}`),
  })
  return lines
}

function partitionLog(rig: HandlerRig, partition: number): PartitionLog {
  const log = rig.broker.topics.byName(OFFSETS_TOPIC)?.partitions[partition]?.log
  if (log === undefined) throw new Error('the topic is not there')
  return log
}

async function recordsPerBatch(log: PartitionLog): Promise<number[]> {
  const read = await log.read(0, 10_000_000, { minOneBatch: true })
  const counts = [...readBatches(read.records)].map((batch) => [...readRecords(batch)].length)
  read.release()
  return counts
}

test('the first append makes the topic, and what was appended comes back in order', async () => {
  await using rig = await HandlerRig.start()
  const log = open(rig)
  expect(log.partitionCount).toBe(50)
  expect(await append(log, 7, record('a', '1'), record('b', null))).toBe(ErrorCode.NONE)
  expect(await append(log, 7, record('a', '2'))).toBe(ErrorCode.NONE)
  expect(await replayed(log, 7)).toEqual(['a=1', 'b=null', 'a=2'])
  expect(await replayed(log, 8)).toEqual([])
  expect(log.partitionsToLoad()).toEqual([7])
})

test('what one turn of the event loop appends is one batch', async () => {
  await using rig = await HandlerRig.start()
  const log = open(rig)
  const order: string[] = []
  const appends = ['a', 'b', 'c'].map(async (key) => {
    await append(log, 3, record(key, '1'))
    order.push(key)
  })
  await Promise.all(appends)
  await append(log, 3, record('d', '1'))
  expect(order).toEqual(['a', 'b', 'c'])
  expect(await recordsPerBatch(partitionLog(rig, 3))).toEqual([3, 1])
})

test('what was written in a transaction comes back with its producer, and its end', async () => {
  await using rig = await HandlerRig.start()
  const log = open(rig)
  await log.ensureCreated()
  const writer = { producerId: 7, producerEpoch: 1 }
  const inTransaction = (partition: number): Promise<ErrorCode> =>
    new Promise((resolve) => {
      const records = [record('a', '1'), record('b', null)]
      log.appendInTransaction(partition, records, writer, resolve)
    })
  expect(await inTransaction(3)).toBe(ErrorCode.NONE)
  await append(log, 3, record('c', '1'))
  const marker = { ...writer, commit: true, coordinatorEpoch: 0, timestamp: 0 }
  const { errorCode } = partitionLog(rig, 3).appendAsLeader(encodeEndTransactionMarker(marker), {
    origin: 'coordinator',
    leaderEpoch: 0,
  })
  expect(errorCode).toBe(ErrorCode.NONE)
  await append(log, 3, record('d', '1'))
  expect(await replayed(log, 3)).toEqual(['7: a=1', '7: b=null', 'c=1', '7: commit', 'd=1'])
  expect(await inTransaction(50)).toBe(ErrorCode.NOT_COORDINATOR)
})

test('a large append becomes as many batches as the topic makes it', async () => {
  await using rig = await HandlerRig.start()
  const log = open(rig)
  const records = Array.from({ length: 10 }, (_, at) => record(`k${at}`, 'x'.repeat(100_000)))
  expect(await append(log, 0, ...records)).toBe(ErrorCode.NONE)
  expect(await recordsPerBatch(partitionLog(rig, 0))).toEqual([2, 2, 2, 2, 2])
  expect(await replayed(log, 0)).toHaveLength(10)
})

test('a record larger than the topic takes fails alone', async () => {
  await using rig = await HandlerRig.start()
  const log = open(rig)
  const codes = await Promise.all([
    append(log, 0, record('a', '1')),
    append(log, 0, record('b', 'x'.repeat(2_000_000))),
    append(log, 0, record('c', '3')),
  ])
  expect(codes).toEqual([ErrorCode.NONE, ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.NONE])
  expect(await replayed(log, 0)).toEqual(['a=1', 'c=3'])
})

test('a partition that is not there takes nothing', async () => {
  await using rig = await HandlerRig.start()
  const log = open(rig)
  expect(await append(log, 50, record('a', '1'))).toBe(ErrorCode.NOT_COORDINATOR)
})

test('the number of partitions is that of the topic, whatever is configured later', async () => {
  await using rig = await HandlerRig.start({ settings: { 'offsets.topic.num.partitions': 3 } })
  await open(rig).ensureCreated()
  await using next = await rig.restart({ settings: { 'offsets.topic.num.partitions': 9 } })
  expect(open(next).partitionCount).toBe(3)
})

test('groups and offsets come back from the log of a broker that was restarted', async () => {
  const files = memoryFileSystem()
  const rig = await HandlerRig.start({ files })
  const stage = new CoordinatorStage(open(rig))
  const consumer = await stage.consumer('busy', ['flights'])
  await stage.coordinator.commitOffsets('busy', commitOf(consumer, offsetOf('flights', 5)))
  for (let group = 0; group < 100; group += 1) {
    const commit = commitOf(NOBODY, offsetOf('flights', group), offsetOf('gone', group))
    // oxlint-disable-next-line no-await-in-loop -- one batch each
    await stage.coordinator.commitOffsets(`g${group}`, commit)
  }
  await stage.coordinator.topicsDeleted(['gone'])
  stage.coordinator.stop()
  await rig.broker.close()

  await using next = await HandlerRig.start({ files })
  const later = new CoordinatorStage(open(next))
  expect(await later.coordinator.heartbeat('busy', consumer)).toBe(ErrorCode.NONE)
  for (let group = 0; group < 100; group += 1) {
    // oxlint-disable-next-line no-await-in-loop -- read as they are asked for
    const { topics } = await later.coordinator.fetchOffsets(`g${group}`, null)
    expect(topics).toMatchObject([{ topic: 'flights', partitions: [{ committedOffset: group }] }])
  }
  await later.age(RETENTION_MS + 600_000)
  expect((await later.coordinator.list({ states: [], types: [] })).groups).toEqual([])
})

test('records that are no key of ours are left out, the others are read', async () => {
  await using rig = await HandlerRig.start()
  const stage = new CoordinatorStage(open(rig))
  await stage.coordinator.commitOffsets('g', commitOf(NOBODY, offsetOf('flights', 5)))
  await Promise.all(
    Array.from({ length: 50 }, (_, partition) => append(open(rig), partition, record('?', '!'))),
  )
  const later = new CoordinatorStage(open(rig))
  const { topics } = await later.coordinator.fetchOffsets('g', null)
  expect(topics).toMatchObject([{ partitions: [{ committedOffset: 5 }] }])
  await later.coordinator.list({ states: [], types: [] })
  expect(later.warnings).toHaveLength(50)
})

test('a batch that rotted on disk is left out with a warning, the others are read', async () => {
  const files = memoryFileSystem()
  const rig = await HandlerRig.start({ files })
  const written = open(rig)
  await append(written, 0, record('a', '1'))
  await append(written, 0, record('b', 'rots'))
  await append(written, 0, record('c', '3'))
  const path = `${partitionLog(rig, 0).dir}/${OFFSETS_TOPIC}-0/00000000000000000000.log`
  await rig.broker.close()
  const bytes = Buffer.from(files.readFile(path) ?? [])
  bytes[bytes.indexOf('rots')] = 0
  files.writeFile(path, bytes)

  await using next = await HandlerRig.start({ files })
  const warnings: string[] = []
  const log = open(next, warnings)
  expect(await replayed(log, 0)).toEqual(['a=1', 'c=3'])
  expect(await replayed(log, 0)).toEqual(['a=1', 'c=3'])
  expect(warnings).toEqual(['coordinator-batch-skipped'])
})

test('a partition that cannot be loaded is reported once, not at each request', async () => {
  const files = memoryFileSystem()
  const settings = { 'offsets.topic.num.partitions': 1 }
  const rig = await HandlerRig.start({ files, settings })
  const written = open(rig)
  for (const key of ['a', 'b', 'c']) await append(written, 0, record(key, '1'))
  const path = `${partitionLog(rig, 0).dir}/${OFFSETS_TOPIC}-0/00000000000000000000.log`
  await rig.broker.close()
  const bytes = Buffer.from(files.readFile(path) ?? [])
  bytes.writeInt32BE(-1, 8) // the length of the first batch
  files.writeFile(path, bytes)

  const errors: string[] = []
  const logger = { ...silentLogger, error: (event: string) => void errors.push(event) }
  await using next = await HandlerRig.start({ files, settings, logger })
  next.broker.groups.start()
  for (let attempt = 0; attempt < 5; attempt += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after another, each tries again
    const { errorCode } = await next.broker.groups.fetchOffsets('g', null)
    expect(errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE)
  }
  next.broker.groups.stop()
  expect(errors).toEqual(['log-damaged', 'offsets-load-failed'])
})
