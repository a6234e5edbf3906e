import { MIB, silentLogger } from '@pafka/base'
import { DeleteRecords, encodeRecordBatch, ErrorCode } from '@pafka/protocol'
import { beforeEach, expect, test } from 'vitest'

import type { HandlerRig } from './handler-rig.ts'
import { appendMib, passSeconds, startTiers, usedMib } from './tier-rig.ts'

const SMALL = { configs: { 'segment.bytes': String(4 * MIB) } }
const WHY = 'tier NVME is full, and no other one has room for what /fast has'

let events: string[]

const noted = (event: string): void => void (event.startsWith('tier-') && events.push(event))
const logger = { ...silentLogger, error: noted, info: noted }

beforeEach(() => {
  events = []
})

/** Seconds of producers that are held while they have to. @returns why they were refused at last */
async function appendUntilRefused(rig: HandlerRig, seconds: number): Promise<string | undefined> {
  for (let second = 0; second < seconds; second++) {
    for (let mib = 0; mib < 20 && rig.broker.storagePressure.pressure < 1; mib++) {
      try {
        await appendMib(rig, 1)
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    }
    await passSeconds(rig, 1)
  }
  return undefined
}

async function readsFrom(rig: HandlerRig, offset: number): Promise<boolean> {
  const log = rig.broker.topics.byName('t')?.partitions[0]?.log
  const read = await log?.read(offset, MIB, { minOneBatch: true, upTo: log.highWatermark })
  read?.release()
  return read?.errorCode === ErrorCode.NONE && read.nextOffset > offset
}

test('where no tier has room producers are told so, and all else goes on', async () => {
  await using rig = await startTiers({ 'storage.tiers.second.sizes': String(60 * MIB) }, { logger })
  await rig.createTopic('t', SMALL)
  expect(await appendUntilRefused(rig, 60)).toBe(WHY)
  expect(events).toEqual(['tier-takes-no-more'])
  const [fast = 0, slow = 0] = usedMib(rig)
  expect([fast >= 75, fast <= 78, slow >= 50]).toEqual([true, true, true])
  // nobody waits: what is appended elsewhere must not
  expect(rig.broker.storagePressure.pressure).toBeLessThan(1)
  await passSeconds(rig, 20)
  await expect(appendMib(rig, 1)).rejects.toThrow(WHY)
  expect([await readsFrom(rig, 0), await readsFrom(rig, 200)]).toEqual([true, true])
  // an offset is committed by the coordinator
  const log = rig.broker.topics.byName('t')?.partitions[0]?.log
  const commit = encodeRecordBatch({ records: [{ timestamp: 0, key: null, value: null }] })
  const committed = log?.appendAsLeader(commit, { origin: 'coordinator', leaderEpoch: 0 })
  expect(committed?.errorCode).toBe(ErrorCode.NONE)
  // and what is deleted makes room
  const partitions = [{ partitionIndex: 0, offset: 150 }]
  const asked = { topics: [{ name: 't', partitions }], timeoutMs: 1000 }
  const { topics } = await rig.ask(DeleteRecords, 2, asked)
  expect(topics[0]?.partitions[0]).toMatchObject({ errorCode: ErrorCode.NONE, lowWatermark: 150 })
  await passSeconds(rig, 90) // files are deleted a minute later
  expect(events).toEqual(['tier-takes-no-more', 'tier-takes-more'])
  await appendMib(rig, 20)
  expect(await readsFrom(rig, 280)).toBe(true)
})

test('new partitions have no home on a tier that takes no more', async () => {
  await using rig = await startTiers({}, { logger })
  const pinned = { ...SMALL.configs, 'storage.tier.pin': 'NVME' }
  await rig.createTopic('t', { configs: pinned })
  expect(await appendUntilRefused(rig, 60)).toBe(WHY)
  await rig.createTopic('later')
  expect(rig.broker.topics.byName('later')?.partitions[0]?.log?.dir).toBe('/slow')
  await rig.append('later', [{ value: Buffer.alloc(10) }])
})
