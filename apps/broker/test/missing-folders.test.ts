import { type LogFields, silentLogger } from '@pafka/base'
import { SimulatedDisk } from '@pafka/log'
import { ErrorCode, Metadata } from '@pafka/protocol'
import { beforeEach, expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

const FOLDER = '/data/t-0'

let files: SimulatedDisk
let told: Record<string, LogFields | undefined> = {}

const logger = {
  ...silentLogger,
  warn: (event: string, fields?: LogFields) => void (told[event] = fields),
  error: (event: string, fields?: LogFields) => void (told[event] = fields),
}

function start(): Promise<HandlerRig> {
  told = {}
  const settings = { 'log.journal.max.bytes': '67108864', 'log.tail.memory.bytes': '33554432' }
  return HandlerRig.start({ files, logger, settings, inMemory: false })
}

/** The process is killed, and another begins. */
async function restart(
  meanwhile: () => Promise<void> | void = () => undefined,
): Promise<HandlerRig> {
  files = files.kill()
  await meanwhile()
  return start()
}

function append(rig: HandlerRig, partition: number): Promise<number> {
  return rig.append('t', [{ value: Buffer.from('x') }], partition)
}

function endsOf({ broker }: HandlerRig): (number | undefined)[] | undefined {
  return broker.topics.byName('t')?.partitions.map(({ log }) => log?.logEndOffset)
}

async function errorsOf(rig: HandlerRig): Promise<number[] | undefined> {
  const { topics } = await rig.ask(Metadata, 12, {
    topics: null,
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
  return topics[0]?.partitions.map(({ errorCode }) => errorCode)
}

let rig: HandlerRig

/** `t-0` and `t-1` with one record each, that only the journal has. */
beforeEach(async () => {
  files = SimulatedDisk.create()
  rig = await start()
  await rig.createTopic('t', { partitions: 2 })
  for (const partition of [0, 1]) await append(rig, partition)
})

test('a partition whose folder was removed comes back with what the journal has', async () => {
  rig = await restart(() => files.removeFolder(FOLDER))
  expect(endsOf(rig)).toEqual([1, 1])
  expect(told).toEqual({ 'partition-brought-back': { topic: 't', partition: 0 } })
  await append(rig, 0)
  rig = await restart()
  expect([endsOf(rig), told]).toEqual([[2, 1], {}])
})

test('a partition whose folder was removed is offline, and comes back with it', async () => {
  await rig.broker.logs.checkpoint()
  for (const partition of [0, 1]) await append(rig, partition)
  const away = new Map<string, Uint8Array>()
  rig = await restart(async () => {
    for (const name of files.list(FOLDER)) {
      away.set(name, files.readFile(`${FOLDER}/${name}`) ?? Buffer.alloc(0))
    }
    await files.removeFolder(FOLDER)
  })
  expect(endsOf(rig)).toEqual([undefined, 2])
  expect(await errorsOf(rig)).toEqual([ErrorCode.LEADER_NOT_AVAILABLE, ErrorCode.NONE])
  expect(told['partition-folders-missing']).toMatchObject({ partitions: 1, first: 't-0' })
  rig = await restart(() => {
    files.makeFolder(FOLDER)
    for (const [name, bytes] of away) files.writeFile(`${FOLDER}/${name}`, bytes)
  })
  expect([endsOf(rig), told]).toEqual([[2, 2], {}])
})

test('a partition of which nothing is left is made anew, and that is told', async () => {
  await rig.broker.logs.checkpoint()
  rig = await restart(() => files.removeFolder(FOLDER))
  expect([endsOf(rig), told]).toEqual([
    [0, 1],
    { 'partitions-made-anew': { partitions: 1, first: 't-0' } },
  ])
})

test('a partition that is missed goes with its topic', async () => {
  await rig.broker.logs.checkpoint()
  await append(rig, 0)
  rig = await restart(() => files.removeFolder(FOLDER))
  await rig.broker.topics.delete([{ name: 't', id: null }])
  await rig.createTopic('t', { partitions: 2 })
  expect(endsOf(rig)).toEqual([0, 0])
  await append(rig, 0)
  rig = await restart()
  expect([endsOf(rig), told]).toEqual([[1, 0], {}])
})

test.each([
  ['gone', () => files.remove(`${FOLDER}/partition.metadata`)],
  ['empty', () => files.writeFile(`${FOLDER}/partition.metadata`, Buffer.alloc(0))],
])('a partition whose metadata is %s is known by its name', async (_, harm) => {
  rig = await restart(harm)
  expect([endsOf(rig), told]).toEqual([[1, 1], {}])
})
