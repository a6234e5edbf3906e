import { MIB, silentLogger } from '@pafka/base'
import { defaultLogConfig, type LogStore, SimulatedDisk, type Space } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, openStore, TOPIC_ID } from './test-store.ts'
import { tierOf } from './tier-logs.ts'

const FREE = 800 * MIB

interface Told {
  readonly paths: unknown
}

async function open(
  told: Told[],
  given: { devices: Record<string, number>; sizeBytes?: number },
): Promise<LogStore> {
  const dirs = ['/a', '/b', '/slow']
  const first = ['/a', '/b'].map((path) => ({ path, sizeBytes: given.sizeBytes ?? -1 }))
  const spaceOf = async (folder: string): Promise<Space> => {
    const device = given.devices[dirs.find((dir) => folder.startsWith(dir)) ?? ''] ?? 0
    return { totalBytes: 1000 * MIB, usableBytes: FREE, device }
  }
  const warn = (event: string, fields?: object): void => {
    if (event === 'tier-paths-share-disk') told.push(fields as Told)
  }
  return openStore({
    ...{ files: SimulatedDisk.create(), clock: new ManualClock(TIME_MS), dir: '/a' },
    logger: { ...silentLogger, warn },
    store: {
      ...{ dirs, spaceOf, channel: 'journal' },
      tiers: [{ name: 'NVME', paths: first }, tierOf('HDD', '/slow')],
      journal: { folder: '/journal', limitBytes: 4 * MIB, tailBytes: 4 * MIB },
    },
  })
}

/** Of each path, in MiB. */
async function freeOf(store: LogStore): Promise<number[]> {
  await store.tiers.measure()
  const paths = store.tiers.paths()
  return paths.map(({ usedBytes, capacityBytes }) => Math.round((capacityBytes - usedBytes) / MIB))
}

test('what is free on a disk is counted once, and who set it up so is told so once', async () => {
  const told: Told[] = []
  const store = await open(told, { devices: { '/a': 1, '/b': 1, '/slow': 2 } })
  expect(await freeOf(store)).toEqual([400, 400, 800])
  const value = Buffer.alloc(0.75 * MIB)
  const log = store.create({ topic: 'topic', topicId: TOPIC_ID, partition: 0 }, defaultLogConfig)
  log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value }]), CLIENT)
  await committed(log)
  await store.flush()
  expect(await freeOf(store)).toEqual([400, 400, 800]) // its disk still has so much
  const used = store.tiers.paths().map(({ usedBytes }) => Math.round(usedBytes / MIB))
  expect(used.toSorted((a, b) => a - b)).toEqual([0, 0, 1])
  expect(told).toEqual([{ paths: '/a,/b' }])
  await store.close()
})

test('paths with sizes get no more, and together no more than the disk has', async () => {
  const told: Told[] = []
  const one = { '/a': 1, '/b': 1, '/slow': 1 }
  const small = await open(told, { devices: one, sizeBytes: 100 * MIB })
  expect(await freeOf(small)).toEqual([100, 100, 600])
  expect(told).toEqual([{ paths: '/a,/b,/slow' }])
  await small.close()
  const large = await open(told, { devices: one, sizeBytes: 700 * MIB })
  const free = await freeOf(large)
  expect(free.reduce((sum, bytes) => sum + bytes, 0)).toBeCloseTo(800, -1)
  await large.close()
})

test('paths on disks of their own have all of these', async () => {
  const told: Told[] = []
  const store = await open(told, { devices: { '/a': 1, '/b': 2, '/slow': 3 } })
  expect([await freeOf(store), told]).toEqual([[800, 800, 800], []])
  await store.close()
})
