import { diskError, SimulatedDisk } from '@pafka/log'
import { DeleteRecords, ErrorCode, Metadata } from '@pafka/protocol'
import { beforeEach, expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

const VALUE = Buffer.alloc(400_000, 'x')
const SMALL = { configs: { 'segment.bytes': '1048576' } }
const FIRST = '/data/t-0/00000000000000000000.log'

let files: SimulatedDisk

beforeEach(async () => {
  files = SimulatedDisk.create()
  await using rig = await HandlerRig.start({ files })
  await rig.createTopic('t', SMALL)
  for (let count = 0; count < 8; count += 1) await rig.append('t', [{ value: VALUE }])
})

/** No byte more; or until the first segment is gone. */
function fill(isFull = (): boolean => true): void {
  files.fault = (operation, path) =>
    operation === 'write' && isFull() ? diskError('ENOSPC', path) : undefined
}

function hasFirst(): boolean {
  return [FIRST, `${FIRST}.deleted`].some((path) => files.stat(path) !== undefined)
}

function logOf(rig: HandlerRig): { logStartOffset?: number; logEndOffset?: number } {
  return rig.broker.topics.byName('t')?.partitions[0]?.log ?? {}
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

test.each(['stop', 'kill'])('a start on a full disk after a %s reads all', async (how) => {
  if (how === 'kill') await files.remove('/data/.kafka_cleanshutdown')
  fill()
  await using rig = await HandlerRig.start({ files })
  expect(logOf(rig)).toMatchObject({ logStartOffset: 0, logEndOffset: 8 })
  const { topics } = await rig.ask(Metadata, 12, {
    topics: null,
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
  const leaderEpoch = how === 'kill' ? 1 : 0
  expect(topics).toMatchObject([{ partitions: [{ errorCode: ErrorCode.NONE, leaderEpoch }] }])
  await expect(async () => rig.append('t', [{ value: VALUE }])).rejects.toThrow(
    /nearly full|ENOSPC/,
  )
  files.fault = () => undefined
  for (let second = 0; second < 3; second += 1) {
    rig.clock.advance(1000)
    await turns()
  }
  expect(await rig.append('t', [{ value: VALUE }])).toBe(8)
  await using again = await rig.restart()
  expect(logOf(again)).toMatchObject({ logEndOffset: 9 })
  expect(again.broker.topics.byName('t')?.partitions[0]?.leaderEpoch).toBe(leaderEpoch)
})

test('records are deleted, which makes the room to note it', async () => {
  await using rig = await HandlerRig.start({ files })
  fill(hasFirst)
  const partitions = [{ partitionIndex: 0, offset: 6 }]
  const { topics } = await rig.ask(DeleteRecords, 2, {
    topics: [{ name: 't', partitions }],
    timeoutMs: 1000,
  })
  expect(topics).toMatchObject([{ partitions: [{ errorCode: ErrorCode.NONE, lowWatermark: 6 }] }])
})

test('a topic is deleted, though its records have to go before that can be noted', async () => {
  await using rig = await HandlerRig.start({ files })
  fill(hasFirst)
  const [outcome] = await rig.broker.topics.delete([{ name: 't', id: null }])
  expect(outcome?.errorCode).toBe(ErrorCode.NONE)
  files.fault = () => undefined
  await using again = await rig.restart()
  expect(again.broker.topics.all()).toEqual([])
})
