import { seededRandom } from '@pafka/base'
import { diskError, SimulatedDisk } from '@pafka/log'
import { AlterConfigs, AlterReplicaLogDirs, DescribeLogDirs, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

const DIRS = ['/a', '/b', '/c']
const TOPIC = 't'

function start(files: SimulatedDisk, settings: Record<string, string> = {}): Promise<HandlerRig> {
  return HandlerRig.start({ files, dirs: DIRS, inMemory: false, settings })
}

function newDisk(): SimulatedDisk {
  const disk = SimulatedDisk.create()
  disk.mounts = DIRS
  disk.hasSlowNames = true
  return disk
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

async function ask(rig: HandlerRig, path: string): Promise<number | undefined> {
  const topics = [{ name: TOPIC, partitions: [0] }]
  const { results } = await rig.ask(AlterReplicaLogDirs, 2, { dirs: [{ path, topics }] })
  return results[0]?.partitions[0]?.errorCode
}

function logOf(rig: HandlerRig): { dir: string; logEndOffset: number } | undefined {
  return rig.broker.topics.byName(TOPIC)?.partitions[0]?.log
}

async function settled(rig: HandlerRig): Promise<void> {
  for (let turn = 0; turn < 5000 && rig.broker.partitionMoves.underWay > 0; turn++) await turns(1)
  expect(rig.broker.partitionMoves.underWay).toBe(0)
}

/** A topic whose partition lies in the first dir, with some records. */
async function stage(files: SimulatedDisk, settings: Record<string, string> = {}) {
  const rig = await start(files, settings)
  await ask(rig, '/a') // it is to be made there
  await rig.createTopic(TOPIC, { configs: { 'file.delete.delay.ms': '0' } })
  for (let at = 0; at < 3; at++) await rig.append(TOPIC, [{ value: Buffer.alloc(1000) }])
  expect(logOf(rig)?.dir).toBe('/a')
  return rig
}

/** Where folders of the partition are, those that come or go left out. */
function homesOn(disk: SimulatedDisk): string[] {
  return DIRS.filter((dir) => disk.list(dir).includes(`${TOPIC}-0`))
}

test(
  'killed at any step, it is in one dir, with all its records',
  { timeout: 120_000 },
  async () => {
    const ends = new Set<string | undefined>()
    for (let turn = 0; turn < 120; turn += 1 + Math.floor(turn / 20)) {
      for (const seed of [0, 1]) {
        const disk = newDisk()
        const rig = await stage(disk)
        await ask(rig, '/b')
        await turns(turn)
        await rig.append(TOPIC, [{ value: Buffer.alloc(1000) }])
        const next = seed === 0 ? disk.kill() : disk.cutPower(seededRandom(seed + turn))
        await rig.broker.close().catch(() => undefined)
        const again = await start(next)
        const where = `turn ${turn}, seed ${seed}`
        expect(logOf(again)?.logEndOffset, where).toBe(4)
        ends.add(logOf(again)?.dir)
        await settled(again) // a start goes on with what it finds
        if (turn > 20) expect(logOf(again)?.dir, where).toBe('/b')
        await again.append(TOPIC, [{ value: Buffer.alloc(1000) }])
        await again.broker.close()
        const last = await start(next)
        expect(logOf(last)?.logEndOffset, where).toBe(5)
        await last.broker.close()
        expect(homesOn(next), where).toEqual([logOf(again)?.dir])
      }
    }
    expect(ends).toEqual(new Set(['/a', '/b']))
  },
)

test('while the dir that it came to is away it is not made anew', { timeout: 60_000 }, async () => {
  for (let turn = 30; turn < 90; turn += 3) {
    const disk = newDisk()
    const rig = await stage(disk)
    await ask(rig, '/b')
    await turns(turn)
    const next = disk.kill()
    await rig.broker.close().catch(() => undefined)
    next.fault = (_operation, path) => {
      return path === '/b' || path.startsWith('/b/') ? diskError('EIO', path) : undefined
    }
    const without = await start(next)
    const found = logOf(without)
    expect(found?.logEndOffset ?? 3, `turn ${turn}`).toBe(3) // of the first dir, or none
    await without.broker.close()
    next.fault = () => undefined
    const again = await start(next)
    expect(logOf(again)?.logEndOffset, `turn ${turn}`).toBe(3)
    await again.broker.close()
  }
})

test('a dir without room, and one that fails, leave it where it is', async () => {
  for (const code of ['ENOSPC', 'EIO']) {
    const disk = newDisk()
    await using rig = await stage(disk)
    let left = 12
    disk.fault = (_operation, path) => {
      return path.startsWith('/b/t-0') && left-- <= 0 ? diskError(code, path) : undefined
    }
    expect(await ask(rig, '/b')).toBe(ErrorCode.NONE)
    await settled(rig)
    disk.fault = () => undefined
    expect(logOf(rig)?.dir).toBe('/a')
    expect(rig.broker.partitionMoves.figures).toMatchObject({ moved: 0, failed: 1 })
    await rig.append(TOPIC, [{ value: Buffer.alloc(1000) }])
    expect(homesOn(disk)).toEqual(['/a'])
    expect(await ask(rig, '/b')).toBe(ErrorCode.NONE)
    await settled(rig)
    expect(logOf(rig)?.dir).toBe('/b')
    const described = await rig.ask(DescribeLogDirs, 4, { topics: null })
    expect(described.results.map(({ topics }) => topics.length)).toEqual([0, 1, 0])
  }
})

test('it waits for the rate, which can be changed meanwhile, or is given up', async () => {
  const key = 'replica.alter.log.dirs.io.max.bytes.per.second'
  const disk = newDisk()
  await using rig = await stage(disk, { [key]: '1', 'log.segment.bytes': '1048576' })
  for (let at = 0; at < 70; at++) await rig.append(TOPIC, [{ value: Buffer.alloc(100_000) }])
  await ask(rig, '/b')
  await turns(200)
  expect(rig.broker.partitionMoves.underWay).toBe(1)
  await ask(rig, '/a')
  await settled(rig)
  expect(logOf(rig)?.dir).toBe('/a')
  await ask(rig, '/b')
  await turns(200)
  const resources = [
    { resourceType: 4, resourceName: '1', configs: [{ name: key, value: '1000000000' }] },
  ]
  await rig.ask(AlterConfigs, 2, { resources, validateOnly: false })
  for (let seconds = 0; seconds < 20_000 && rig.broker.partitionMoves.underWay > 0; seconds++) {
    rig.clock.advance(1000)
    await turns(5)
  }
  expect(logOf(rig)?.dir).toBe('/b')
})
