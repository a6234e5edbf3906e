import { type Random, seededRandom } from '@pafka/base'
import {
  encodeRecordBatch,
  ErrorCode,
  IncrementalAlterConfigs,
  Metadata,
  ShareAcknowledge,
  ShareFetch,
  ShareGroupHeartbeat,
  ZERO_UUID,
} from '@pafka/protocol'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { WireClient } from '../src/try/wire-client.ts'
import { BrokerProcess } from './broker-process.ts'
import { createTopic, produceBytes } from './wire.ts'

const TOPIC = 'flights'
const GROUP = 'queue'
const BATCHES = 60
const BATCH_RECORDS = 10
const RECORDS = BATCHES * BATCH_RECORDS
const MEMBERS = 3
const LIVES = 4
/** So many fetches without a record in a row: all are done with. */
const IDLE = 30
const GROUP_RESOURCE = 32
const [ACCEPT, RELEASE] = [1, 2]

/** What members were told became of records. */
class Told {
  readonly accepted = new Set<number>()
  /** Said, and not answered: the broker may know of it or not. */
  readonly unsure = new Set<number>()
  /** Fetches in a row that brought nothing. */
  idle = 0
  again: number[] = []
}

/** A member that takes a few records at a time, and accepts or releases each. */
async function consume(
  bootstrap: string,
  memberId: string,
  { told, random, isDone }: { told: Told; random: Random; isDone: () => boolean },
): Promise<void> {
  using client = await WireClient.connect(bootstrap, memberId)
  const { topics } = await client.send(Metadata, 12, {
    topics: [{ topicId: ZERO_UUID, name: TOPIC }],
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: false,
    includeClusterAuthorizedOperations: false,
  })
  const topicId = topics[0]?.topicId ?? ''
  await client.send(ShareGroupHeartbeat, 1, {
    groupId: GROUP,
    memberId,
    memberEpoch: 0,
    rackId: null,
    subscribedTopicNames: [TOPIC],
  })
  for (let epoch = 0; !isDone(); epoch += 2) {
    // oxlint-disable-next-line no-await-in-loop -- a member does one thing after the other
    const fetched = await client.send(ShareFetch, 2, {
      groupId: GROUP,
      memberId,
      shareSessionEpoch: epoch,
      maxWaitMs: 20,
      minBytes: 1,
      maxBytes: 1_000_000,
      maxRecords: 1 + random.below(30),
      batchSize: 500,
      shareAcquireMode: random.below(2),
      isRenewAck: false,
      topics: [{ topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }] }],
      forgottenTopicsData: [],
    })
    const given = fetched.responses[0]?.partitions[0]?.acquiredRecords ?? []
    told.idle = given.length === 0 ? told.idle + 1 : 0
    const batches = given.map(({ firstOffset, lastOffset, deliveryCount }) => {
      const offsets = Array.from(
        { length: lastOffset - firstOffset + 1 },
        (_, at) => firstOffset + at,
      )
      told.again.push(...offsets.filter((offset) => told.accepted.has(offset)))
      const acknowledgeTypes = offsets.map((offset) => {
        const isDoneWith = deliveryCount > 3 || random.below(4) > 0
        if (isDoneWith) told.unsure.add(offset)
        return isDoneWith ? ACCEPT : RELEASE
      })
      return { firstOffset, lastOffset, acknowledgeTypes }
    })
    const partitions = [{ partitionIndex: 0, acknowledgementBatches: batches }]
    // oxlint-disable-next-line no-await-in-loop -- a member does one thing after the other
    const said = await client.send(ShareAcknowledge, 2, {
      groupId: GROUP,
      memberId,
      shareSessionEpoch: epoch + 1,
      isRenewAck: false,
      topics: batches.length === 0 ? [] : [{ topicId, partitions }],
    })
    expect(said.errorCode).toBe(ErrorCode.NONE)
    if (batches.length === 0) continue
    expect(said.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.NONE)
    for (const { firstOffset, acknowledgeTypes } of batches) {
      for (const [at, type] of acknowledgeTypes.entries()) {
        if (type === ACCEPT) told.accepted.add(firstOffset + at)
      }
    }
  }
}

async function fill(bootstrap: string): Promise<void> {
  using client = await WireClient.connect(bootstrap, 'fill')
  await createTopic(client, TOPIC)
  const configs = [
    { name: 'share.auto.offset.reset', configOperation: 0, value: 'earliest' },
    { name: 'share.delivery.count.limit', configOperation: 0, value: '10' },
  ]
  const resources = [{ resourceType: GROUP_RESOURCE, resourceName: GROUP, configs }]
  await client.send(IncrementalAlterConfigs, 1, { resources, validateOnly: false })
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const records = Array.from({ length: BATCH_RECORDS }, () => {
      return { timestamp: 1, key: null, value: Buffer.from('v') }
    })
    // oxlint-disable-next-line no-await-in-loop -- offsets in order
    await produceBytes(client, TOPIC, [encodeRecordBatch({ records })])
  }
}

test('what a member was told is done stays done, however often the broker is killed', async () => {
  const seed = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  const random = seededRandom(seed)
  await using folder = await temporaryFolder()
  const told = new Told()
  for (let life = 0; life < LIVES; life += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one life after the other
    await using broker = await BrokerProcess.start(`log.dirs=${folder.path}`)
    // oxlint-disable-next-line no-await-in-loop -- one life after the other
    if (life === 0) await fill(broker.bootstrap)
    const isLast = life === LIVES - 1
    const enough = told.accepted.size + 20 + random.below(RECORDS / LIVES / 2)
    told.idle = 0
    const isDone = (): boolean => isLast && told.idle > IDLE
    const members = Array.from({ length: MEMBERS }, (_, at) => {
      return consume(broker.bootstrap, `m${life}-${at}`, { told, random, isDone })
    })
    const ended = Promise.allSettled(members)
    if (!isLast) {
      // oxlint-disable-next-line no-await-in-loop -- killed in the midst of it
      await expect
        .poll(() => told.accepted.size, { interval: 2, timeout: 20_000 })
        .toBeGreaterThan(enough)
      // oxlint-disable-next-line no-await-in-loop -- killed in the midst of it
      await broker.stop('SIGKILL')
    }
    // oxlint-disable-next-line no-await-in-loop -- one life after the other
    const outcomes = await ended
    const errors = outcomes.flatMap((one) =>
      one.status === 'rejected' ? [String(one.reason)] : [],
    )
    const unexpected = errors.filter((text) => isLast || !/hung up|ECONN|EPIPE/.test(text))
    expect(unexpected, `replay with PAFKA_SEED=${seed}`).toEqual([])
  }
  expect(told.again, `replay with PAFKA_SEED=${seed}`).toEqual([])
  const known = new Set([...told.accepted, ...told.unsure])
  expect(known.size, `replay with PAFKA_SEED=${seed}`).toBe(RECORDS)
}, 60_000)
