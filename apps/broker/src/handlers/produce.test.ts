import { MIB, silentLogger } from '@pafka/base'
import { encodeRecordBatch, ErrorCode, Produce, type ProduceRequest } from '@pafka/protocol'
import { expect, test, vi } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const PARTITIONS = 20

function request(indexes: readonly number[]): ProduceRequest {
  const partitionData = indexes.map((index) => {
    const value = Buffer.from(`to ${index}`)
    return { index, records: encodeRecordBatch({ records: [{ timestamp: 1, key: null, value }] }) }
  })
  const topicData = [{ name: 'topic', topicId: '', partitionData }]
  return { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
}

test('a long request is appended in parts, in order, and answered as one', async () => {
  await using rig = await HandlerRig.start({ inMemory: false })
  await rig.createTopic('topic', { partitions: PARTITIONS })
  let nowMs = 0
  vi.spyOn(rig.broker.clock, 'monotonicMs').mockImplementation(() => (nowMs += 0.3))
  const parts: (() => void)[] = []
  let taken = 0
  const ends = (): number[] => {
    const { partitions } = rig.broker.topics.byName('topic') ?? { partitions: [] }
    return partitions.map(({ log }) => log?.logEndOffset ?? -1)
  }
  const indexes = [...Array(PARTITIONS).keys(), 99]
  const answered = rig.ask(Produce, 9, request(indexes), {
    goOnLater: (work) => void parts.push(work),
    requestTaken: () => void (taken += 1),
  })
  const appended: number[] = []
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    rig.broker.logs.flushPending()
    appended.push(ends().filter((end) => end === 1).length)
    expect(taken).toBe(0) // its memory is looked at again
    part()
  }
  rig.broker.logs.flushPending()
  expect(taken).toBe(1)
  expect(appended.length).toBeGreaterThan(3)
  expect(appended).toEqual(appended.toSorted((a, b) => a - b))
  expect(ends()).toEqual(Array.from({ length: PARTITIONS }, () => 1))
  const { responses } = await answered
  const answers = responses[0]?.partitionResponses ?? []
  expect(answers.map(({ index }) => index)).toEqual(indexes)
  const codes = answers.map(({ errorCode }) => errorCode)
  expect(codes.pop()).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  expect(new Set(codes)).toEqual(new Set([ErrorCode.NONE]))
})

test('what a later part throws is the failure of the request, not of the process', async () => {
  await using rig = await HandlerRig.start({ inMemory: false })
  await rig.createTopic('topic', { partitions: PARTITIONS })
  let nowMs = 0
  vi.spyOn(rig.broker.clock, 'monotonicMs').mockImplementation(() => (nowMs += 0.3))
  const parts: (() => void)[] = []
  const indexes = [...Array(PARTITIONS).keys()]
  const answered = rig.ask(Produce, 9, request(indexes), {
    goOnLater: (work) => void parts.push(work),
  })
  vi.spyOn(rig.broker.topics, 'byName').mockImplementation(() => {
    throw new Error('a bug of ours')
  })
  expect(parts).toHaveLength(1)
  for (const part of parts) part()
  await expect(answered).rejects.toThrow('a bug of ours')
  rig.broker.logs.flushPending()
})

test('a batch that only the journal has no room for is refused with its reason', async () => {
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (event: string) => void warnings.push(event) }
  const settings = { 'log.journal.max.bytes': 64 * MIB, 'message.max.bytes': 32 * MIB }
  await using rig = await HandlerRig.start({ inMemory: false, settings, logger })
  expect(warnings).toContain('message-max-bytes-beyond-journal')
  await rig.createTopic('topic')
  const record = { timestamp: 1, key: null, value: Buffer.alloc(17 * MIB) }
  const partitionData = [{ index: 0, records: encodeRecordBatch({ records: [record] }) }]
  const topicData = [{ name: 'topic', topicId: '', partitionData }]
  const large = { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
  const why = 'larger than the journal takes, 16773120 bytes with this log.journal.max.bytes'
  for (const [version, errorMessage] of [
    [8, why],
    [7, null], // its answer has no place for it
  ] as const) {
    const { responses } = await rig.ask(Produce, version, large)
    const [answer] = responses[0]?.partitionResponses ?? []
    expect(answer).toMatchObject({ errorCode: ErrorCode.MESSAGE_TOO_LARGE, errorMessage })
  }
})
