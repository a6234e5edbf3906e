import { MIB, SECOND_MS, silentLogger } from '@pafka/base'
import { SimulatedDisk } from '@pafka/log'
import { DescribeLogDirs, ErrorCode } from '@pafka/protocol'
import { beforeEach, expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

const DIRS = ['/fast', '/slow', '/meta']
const VALUE = Buffer.alloc(MIB / 2, 'x')
const MOUNTS = ['/fast', '/slow']

let files: SimulatedDisk
let events: string[]

const logger = {
  ...silentLogger,
  error: (event: string) => void events.push(event),
  warn: (event: string) => void events.push(event),
}

function start(dirs = DIRS, settings: Record<string, string> = {}): Promise<HandlerRig> {
  return HandlerRig.start({
    files,
    dirs,
    logger,
    inMemory: false,
    settings: {
      'log.channel.type': 'tiered',
      'log.journal.max.bytes': 64 * MIB,
      'log.journal.dir': '/meta/journal', // not to count it
      'storage.tiers.types': 'NVME,HDD',
      'storage.tiers.first.paths': '/fast',
      'storage.tiers.first.sizes': String(80 * MIB),
      'storage.tiers.second.paths': '/slow',
      'storage.tiers.second.sizes': String(1000 * MIB),
      ...settings,
    },
  })
}

async function pass(rig: HandlerRig, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    rig.clock.advance(SECOND_MS)
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
}

async function fill(rig: HandlerRig, partition: number, mib: number): Promise<void> {
  for (let left = 2 * mib; left > 0; left--) await rig.append('t', [{ value: VALUE }], partition)
}

/** Used bytes of both tiers, in MiB. */
function usedOf({ broker }: HandlerRig): number[] {
  return broker.logs.tiers.paths().map(({ usedBytes }) => Math.round(usedBytes / MIB))
}

async function countOf(rig: HandlerRig, partition: number): Promise<number> {
  const log = rig.broker.topics.byName('t')?.partitions[partition]?.log
  if (log === undefined) return -1
  let count = 0
  for (let offset = 0; offset < log.highWatermark;) {
    const read = await log.read(offset, 10 * MIB, { minOneBatch: true, upTo: log.highWatermark })
    expect(read.errorCode).toBe(ErrorCode.NONE)
    count += read.nextOffset - offset
    offset = read.nextOffset
    read.release()
  }
  return count
}

beforeEach(() => {
  files = SimulatedDisk.create()
  files.mounts = MOUNTS
  events = []
})

test('what is above the threshold moves to the next tier, and is read from there', async () => {
  const rig = await start()
  await rig.createTopic('t', { partitions: 2, configs: { 'segment.bytes': String(4 * MIB) } })
  await fill(rig, 0, 60)
  await pass(rig, 10)
  const [fast = 0, slow = 0] = usedOf(rig)
  expect(slow).toBeGreaterThan(15)
  expect(fast).toBeLessThanOrEqual(40)
  expect(await countOf(rig, 0)).toBe(120)
  await rig.broker.close()
  const again = await start()
  expect(await countOf(again, 0)).toBe(120)
  await again.broker.close()
  expect(events).toEqual([])
})

test('partitions whose one segment is not full do not keep the fast tier full', async () => {
  await using rig = await start(DIRS, { 'storage.tiers.first.sizes': String(40 * MIB) })
  await rig.createTopic('t', { partitions: 8 })
  for (let partition = 0; partition < 8; partition++) await fill(rig, partition, 3)
  await pass(rig, 20)
  const [fast = 0, slow = 0] = usedOf(rig)
  expect([fast <= 20, slow >= 8]).toEqual([true, true])
  for (let partition = 0; partition < 8; partition++) {
    expect(await countOf(rig, partition)).toBe(6)
    await fill(rig, partition, 1)
  }
  expect(await countOf(rig, 0)).toBe(8)
})

test('producers are slowed before the fast tier is full', async () => {
  await using rig = await start(DIRS, { 'storage.migrate.threshold': '-1' })
  await rig.createTopic('t')
  await fill(rig, 0, 77)
  await pass(rig, 2)
  expect(rig.broker.storagePressure.pressure).toBeGreaterThan(0.5)
})

test('a tier that is not there takes down what lies on it, and nothing else', async () => {
  const rig = await start()
  await rig.createTopic('t', { partitions: 2, configs: { 'segment.bytes': String(4 * MIB) } })
  await fill(rig, 0, 60)
  await pass(rig, 10)
  await fill(rig, 1, 1)
  await rig.broker.close()
  const without = await start(['/fast', '/meta'])
  expect([await countOf(without, 0), await countOf(without, 1)]).toEqual([-1, 2])
  expect(events).toContain('partition-not-opened')
  await fill(without, 1, 1)
  await without.broker.close()
  const again = await start()
  expect([await countOf(again, 0), await countOf(again, 1)]).toEqual([120, 4])
  await again.broker.close()
})

test('each path tells what lies there', async () => {
  await using rig = await start()
  await rig.createTopic('t', { configs: { 'segment.bytes': String(4 * MIB) } })
  await fill(rig, 0, 60)
  await pass(rig, 10)
  const { results } = await rig.ask(DescribeLogDirs, 4, { topics: null })
  const sizes = new Map(
    results.map(({ logDir, topics }) => {
      const partitions = topics.flatMap((topic) => topic.partitions)
      return [logDir, partitions.reduce((sum, one) => sum + one.partitionSize, 0)]
    }),
  )
  const [fast, slow] = rig.broker.logs.tiers.paths().map(({ usedBytes }) => usedBytes)
  expect([sizes.get('/fast'), sizes.get('/slow')]).toEqual([fast, slow])
  expect(slow).toBeGreaterThan(15 * MIB)
})
