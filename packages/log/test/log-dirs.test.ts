import { silentLogger } from '@pafka/base'
import { type LogStore, type LogStoreOptions, SimulatedDisk } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import { openStore } from './test-store.ts'

let files: SimulatedDisk

function open(dirs: string[], store: Partial<LogStoreOptions> = {}): Promise<LogStore> {
  return openStore({ files, logger: silentLogger, store: { dirs, channel: 'file', ...store } })
}

beforeEach(() => {
  files = SimulatedDisk.create()
})

test.each([
  ['in front', ['/new', '/a']],
  ['behind', ['/a', '/new']],
])('a new dir %s of one that has a cluster id takes that', async (_, dirs) => {
  const first = await open(['/a'])
  await first.close()
  const both = await open(dirs)
  expect(both.clusterId).toBe(first.clusterId)
  await both.close()
  const alone = await open(['/new'])
  expect(alone.clusterId).toBe(first.clusterId)
})

test('dirs of two clusters are refused, and neither is changed or stays locked', async () => {
  for (const dir of ['/a', '/b']) await (await open([dir])).close()
  await expect(open(['/new', '/a', '/b'])).rejects.toThrow(
    /data folder \/b belongs to cluster \S+, not \S+, to which \/a belongs/,
  )
  expect(files.list('/new')).toEqual([])
  for (const dir of ['/a', '/b']) {
    const store = await open([dir])
    expect(store.wasClean).toBe(true)
  }
})

test('a copy of a dir beside it is refused, and neither is changed or stays locked', async () => {
  await (await open(['/a'])).close()
  files.makeFolder('/b')
  files.writeFile('/b/meta.properties', files.readFile('/a/meta.properties') ?? Buffer.alloc(0))
  await expect(open(['/a', '/b'])).rejects.toThrow(
    /the log dirs \/a and \/b have the same directory.id, \S+: one is a copy of the other/,
  )
  for (const dir of ['/a', '/b']) await (await open([dir])).close()
})

test('who could not make good an unclean end leaves it to the next start', async () => {
  const clean: boolean[] = []
  for (const isSettled of [false, true, false, true]) {
    const store = await open(['/a'])
    clean.push(store.wasClean)
    await store.close(isSettled)
  }
  expect(clean).toEqual([false, false, true, true])
})

test('a cluster id that was asked for is the one of all dirs', async () => {
  await (await open(['/a'])).close()
  const asked = { clusterId: 'AAAAAAAAAAAAAAAAAAAAAg' }
  await expect(open(['/b', '/a'], asked)).rejects.toThrow('/a belongs to cluster')
  expect((await open(['/b'], asked)).clusterId).toBe(asked.clusterId)
})

test('a dir that has no id of its own gets one, and keeps it', async () => {
  files.makeFolder('/a')
  const meta = 'version=1\ncluster.id=AAAAAAAAAAAAAAAAAAAAAw\nnode.id=1\n'
  files.writeFile('/a/meta.properties', Buffer.from(meta))
  const ids: (string | undefined)[] = []
  for (let start = 0; start < 2; start += 1) {
    const store = await open(['/a'])
    expect(store.clusterId).toBe('AAAAAAAAAAAAAAAAAAAAAw')
    ids.push(store.dirs()[0]?.directoryId)
    await store.close()
  }
  expect(ids[0]).toMatch(/^\S{22}$/)
  expect(ids[1]).toBe(ids[0])
})
