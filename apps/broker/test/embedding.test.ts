import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { temporaryFolder } from '@pafka/testing'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { AdvanceableClock, Broker, type BrokerOptions, ConfigError } from '../src/index.ts'

const HOUR_MS = 3_600_000

function clientOf(broker: Broker): Kafka {
  return new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING })
}

async function produce(broker: Broker, topic: string, ...values: string[]): Promise<void> {
  const producer = clientOf(broker).producer()
  await producer.connect()
  await producer.send({ topic, messages: values.map((value) => ({ value })) })
  await producer.disconnect()
}

async function consume(broker: Broker, topic: string, count: number): Promise<string[]> {
  const consumer = clientOf(broker).consumer({ groupId: `${topic}-readers`, maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const values: string[] = []
  const { promise: all, resolve } = Promise.withResolvers<void>()
  await consumer.run({
    eachMessage: async ({ message }) => {
      if (values.push(message.value?.toString() ?? '') === count) resolve()
    },
  })
  await all
  await consumer.disconnect()
  return values
}

async function asAdmin<T>(broker: Broker, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = clientOf(broker).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

/** What `data: 'temporary'` left: in a place of its own, as other tests run meanwhile. */
async function temporaryFolders(): Promise<string[]> {
  return readdir(tmpdir())
}

let place: Awaited<ReturnType<typeof temporaryFolder>>

beforeAll(async () => {
  place = await temporaryFolder()
  vi.stubEnv('TMPDIR', place.path)
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await place[Symbol.asyncDispose]()
})

test('brokers in one process know nothing of each other', async () => {
  const brokers = await Promise.all(
    Array.from({ length: 20 }, () => Broker.start({ topics: ['t'] })),
  )
  expect(new Set(brokers.map(({ port }) => port)).size).toBe(brokers.length)
  expect(new Set(brokers.map(({ clusterId }) => clusterId)).size).toBe(brokers.length)
  await Promise.all(brokers.map((broker, at) => produce(broker, 't', `of ${at}`)))
  brokers[0]?.faults.cut('Produce')
  expect(brokers[1]?.faults.pending).toEqual([])
  const read = await Promise.all(brokers.map((broker) => consume(broker, 't', 1)))
  expect(read).toEqual(brokers.map((_, at) => [`of ${at}`]))
  await Promise.all(brokers.map((broker) => broker.stop()))
})

test('memory leaves nothing behind, nor does a temporary folder', async () => {
  const inMemory = await Broker.start({ topics: ['t'] })
  await produce(inMemory, 't', 'tea')
  expect(await temporaryFolders()).toEqual([])
  const onDisk = await Broker.start({ topics: ['t'], data: 'temporary' })
  const [folder = ''] = onDisk.services.logs.dirs().map(({ path }) => path)
  expect(existsSync(folder)).toBe(true)
  await produce(onDisk, 't', 'tea')
  expect(await consume(onDisk, 't', 1)).toEqual(['tea'])
  await Promise.all([inMemory.stop(), onDisk.stop()])
  expect(existsSync(folder)).toBe(false)
})

test('a folder of ones own outlives the broker', async () => {
  await using folder = await temporaryFolder()
  const options: BrokerOptions = { data: folder.path, topics: ['t'] }
  const first = await Broker.start(options)
  await produce(first, 't', 'tea', 'cake')
  const { clusterId } = first
  await first.stop()
  await using second = await Broker.start({ data: folder.path })
  expect(second.clusterId).toBe(clusterId)
  expect(await consume(second, 't', 2)).toEqual(['tea', 'cake'])
})

test('a topic that is there already is no obstacle to having it from the start', async () => {
  await using folder = await temporaryFolder()
  const options: BrokerOptions = { data: folder.path, topics: ['t'] }
  const first = await Broker.start(options)
  await produce(first, 't', 'tea')
  await first.stop()
  await using second = await Broker.start(options)
  expect(await consume(second, 't', 1)).toEqual(['tea'])
})

test('stopping gives the port back, cuts clients off, and may be repeated', async () => {
  const broker = await Broker.start()
  const { port } = broker
  const idle = connect(port, '127.0.0.1')
  const closed = new Promise((resolve) => idle.on('close', resolve))
  await new Promise((resolve) => idle.on('connect', resolve))
  await Promise.all([broker.stop(), broker.stop()])
  await broker[Symbol.asyncDispose]()
  await closed
  expect(await answers(port)).toBe(false)
  await using again = await Broker.start({ port })
  expect([again.port, await answers(port)]).toEqual([port, true])
})

test('a port that is taken is refused in words', async () => {
  await using broker = await Broker.start()
  await expect(Broker.start({ port: broker.port })).rejects.toMatchObject({ code: 'LISTEN_FAILED' })
})

test('topics are as ordered', async () => {
  await using broker = await Broker.start({
    topics: ['plain', { name: 'wide', partitions: 6, configs: { 'cleanup.policy': 'compact' } }],
    config: { 'num.partitions': 2 },
  })
  const { topics } = await asAdmin(broker, (admin) => admin.fetchTopicMetadata())
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]))
  expect(counts).toEqual(
    new Map([
      ['plain', 2],
      ['wide', 6],
    ]),
  )
})

test.each([
  [{ topics: ['a/b'] }, /a\/b/],
  [{ topics: [{ name: 't', configs: { 'cleanup.polcy': 'compact' } }] }, /cleanup\.polcy/],
  [{ topics: [{ name: 't', partitions: 0 }] }, /partition/],
] as [BrokerOptions, RegExp][])(
  'a topic that cannot be is refused, and nothing stays %#',
  async (options, words) => {
    const start = Broker.start({ ...options, data: 'temporary' })
    await expect(start).rejects.toThrow(words)
    expect(await temporaryFolders()).toEqual([])
  },
)

test('all that is wrong with a configuration is told at once', async () => {
  const config = { 'log.retention.hour': 1, 'num.partitions': 'many', 'message.max.byte': 5 }
  const error = await Broker.start({ config }).catch((reason: unknown) => reason)
  if (!(error instanceof ConfigError)) throw new Error(`no ConfigError but ${String(error)}`)
  expect(error.problems).toHaveLength(3)
  expect(error.message).toMatch(/log\.retention\.hours/)
  expect(error.message).toMatch(/message\.max\.bytes/)
})

test('an hour of retention passes in no time', async () => {
  const clock = new AdvanceableClock()
  const topics = [{ name: 't', configs: { 'retention.ms': HOUR_MS } }]
  await using broker = await Broker.start({ clock, topics })
  await produce(broker, 't', 'tea', 'cake')
  await asAdmin(broker, async (admin) => {
    clock.advance(HOUR_MS / 2)
    expect(await admin.fetchTopicOffsets('t')).toMatchObject([{ low: '0', high: '2' }])
    clock.advance(HOUR_MS)
    await expect.poll(() => admin.fetchTopicOffsets('t')).toMatchObject([{ low: '2', high: '2' }])
  })
})

test('a member that is silent for its session timeout is put out of its group', async () => {
  const clock = new AdvanceableClock()
  await using broker = await Broker.start({ clock, topics: ['t'] })
  const consumer = clientOf(broker).consumer({
    groupId: 'g',
    sessionTimeout: 60_000,
    heartbeatInterval: 50_000,
    maxWaitTimeInMs: 50,
  })
  await consumer.connect()
  await consumer.subscribe({ topic: 't' })
  const { promise: joined, resolve } = Promise.withResolvers<void>()
  consumer.on('consumer.group_join', () => resolve())
  await consumer.run({ eachMessage: async () => {} })
  await joined
  await asAdmin(broker, async (admin) => {
    const state = async (): Promise<string | undefined> =>
      (await admin.describeGroups(['g'])).groups[0]?.state
    expect(await state()).toBe('Stable')
    clock.advance(59_000)
    expect(await state()).toBe('Stable')
    clock.advance(2000)
    await expect.poll(state).toBe('Empty')
  })
  await consumer.disconnect()
})

test('a process that stopped its broker ends by itself', async () => {
  const script = `
    import { Broker } from '${new URL('../src/index.ts', import.meta.url).href}'
    const start = (data) => Broker.start({ data, topics: ['t'] })
    const brokers = await Promise.all(['memory', 'temporary'].map(start))
    brokers[0].faults.delay('Fetch', 60_000)
    for (const broker of brokers) await broker.stop()
    console.log('stopped')`
  const args = ['--conditions=@pafka/source', '--input-type=module', '--eval', script]
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 15_000 })
  expect(stdout).toBe('stopped\n')
})
