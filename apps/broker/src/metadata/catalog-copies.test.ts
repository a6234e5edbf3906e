import { silentLogger } from '@pafka/base'
import { diskError, encodeCatalogFrame, SimulatedDisk } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import { CatalogLog } from './catalog-log.ts'

let disk: SimulatedDisk
let errors: string[] = []

const logger = { ...silentLogger, error: (event: string) => void errors.push(event) }

function open(...paths: string[]): Promise<CatalogLog> {
  for (const path of paths) disk.makeFolder(path)
  const dirs = paths.map((path) => ({ id: `id of ${path}`, path }))
  return CatalogLog.open({ files: disk, dirs, logger })
}

/** One more start: one change, if any. @returns what is known after it */
async function live(paths: readonly string[], nextBlock?: number): Promise<number> {
  const log = await open(...paths)
  if (nextBlock !== undefined) await log.append([{ kind: 'producer-ids-reserved', nextBlock }])
  await log.close()
  return log.state.nextProducerIdBlock
}

/** From now on the disk of a folder takes nothing. */
function fail(folder: string | undefined, code = 'EIO'): void {
  disk.fault = (operation, path) => {
    const isIll = folder !== undefined && path.startsWith(`${folder}/`) && operation === 'write'
    return isIll ? diskError(code, path) : undefined
  }
}

function reserve(log: CatalogLog, nextBlock: number): Promise<void> {
  return log.append([{ kind: 'producer-ids-reserved', nextBlock }])
}

beforeEach(() => {
  disk = SimulatedDisk.create()
  errors = []
})

test.each([
  ['in front', ['/new', '/a']],
  ['behind', ['/a', '/new']],
])('a dir that is new, %s, gets a copy that does alone', async (_, paths) => {
  await live(['/a'], 7)
  expect(await live(paths)).toBe(7)
  expect(await live(['/new'])).toBe(7)
})

test('a file from before there were copies counts as it did: that of the first dir', async () => {
  for (const [path, sequence] of [
    ['/a', 4],
    ['/b', 8],
  ] as const) {
    disk.makeFolder(path)
    const record = { kind: 'producer-ids-reserved', nextBlock: sequence } as const
    disk.writeFile(`${path}/catalog.log`, encodeCatalogFrame(sequence, [record]))
  }
  expect(await live(['/new', '/a', '/b'])).toBe(4)
  expect(await live(['/b', '/new'])).toBe(4)
})

test('one that began anew without an old one is not taken for its successor', async () => {
  await live(['/a'], 7)
  const frame = encodeCatalogFrame(9, [{ kind: 'producer-ids-reserved', nextBlock: 5 }])
  disk.writeFile('/a/catalog.log', frame)
  await live(['/b'], 1)
  await expect(open('/a', '/b')).rejects.toThrow('were each changed without the other')
  await disk.remove('/b/catalog.log')
  await live(['/a', '/b'], 6)
  disk.writeFile('/a/catalog.log', frame) // as it was before: an old backup
  expect(await live(['/a', '/b'])).toBe(6)
})

test('a dir that takes nothing loses its copy; the others go on, and are believed', async () => {
  const log = await open('/a', '/b')
  await log.append([{ kind: 'producer-ids-reserved', nextBlock: 1 }])
  fail('/a')
  await log.append([{ kind: 'producer-ids-reserved', nextBlock: 2 }])
  await log.append([{ kind: 'producer-ids-reserved', nextBlock: 3 }])
  expect(errors).toEqual(['catalog-copy-lost'])
  fail(undefined)
  await log.append([{ kind: 'producer-ids-reserved', nextBlock: 4 }])
  await log.close()
  expect(await live(['/a', '/b'])).toBe(4)
  expect(await live(['/a'])).toBe(4)
})

test('a dir that was full gets its copy back with the first change that fits', async () => {
  const log = await open('/a', '/b')
  await reserve(log, 1)
  fail('/a', 'ENOSPC')
  for (const block of [2, 3, 4]) await reserve(log, block)
  expect(errors).toEqual(['catalog-copy-lost'])
  const { length } = log.state.lineages
  fail(undefined)
  await reserve(log, 5)
  expect(log.state.lineages).toHaveLength(length + 1)
  await reserve(log, 6)
  const { state } = await open('/a')
  expect([state.nextProducerIdBlock, state.dirs.map(({ hasCopy }) => hasCopy)]).toEqual([
    6,
    [true, true],
  ])
})

test('what was noted on a full disk is written down by a stop', async () => {
  const log = await open('/a')
  await reserve(log, 1)
  fail('/a', 'ENOSPC')
  await log.note([{ kind: 'leader-epoch-raised', leaderEpoch: 9 }])
  expect(log.state.leaderEpoch).toBe(9)
  fail(undefined)
  expect(await log.close()).toBe(true)
  expect(await log.close()).toBe(true)
  expect((await open('/a')).state.leaderEpoch).toBe(9)
})

test('who stops on a full disk is told that not all of it is written down', async () => {
  const log = await open('/a')
  fail('/a', 'ENOSPC')
  await log.note([{ kind: 'leader-epoch-raised', leaderEpoch: 9 }])
  expect(await log.close()).toBe(false)
})

test('no dir takes it: that is an error, and the next change is whole again', async () => {
  const log = await open('/a', '/b')
  await log.append([{ kind: 'producer-ids-reserved', nextBlock: 1 }])
  fail('')
  await expect(log.append([{ kind: 'leader-epoch-raised', leaderEpoch: 9 }])).rejects.toThrow('EIO')
  fail(undefined)
  await log.append([{ kind: 'producer-ids-reserved', nextBlock: 2 }])
  for (const path of ['/a', '/b']) {
    const { state } = await open(path)
    expect([state.nextProducerIdBlock, state.leaderEpoch]).toEqual([2, 0])
  }
})

test('a copy that is behind is believed alone, and never over one that is ahead', async () => {
  await live(['/a', '/b'], 1)
  await live(['/b'], 2)
  await live(['/b'], 3)
  expect(await live(['/a', '/b'])).toBe(3)
  expect(await live(['/a'])).toBe(3)
})

test('a start without another dir that changes nothing leaves no trace', async () => {
  await live(['/a', '/b'], 1)
  const before = disk.readFile('/a/catalog.log')
  await live(['/a'])
  expect(disk.readFile('/a/catalog.log')).toEqual(before)
  await live(['/b'], 2)
  expect(await live(['/a', '/b'])).toBe(2)
})

test('two that went on without each other are refused, until one goes', async () => {
  await live(['/a', '/b'], 1)
  await live(['/a'], 2)
  await live(['/b'], 3)
  await expect(open('/a', '/b')).rejects.toThrow(
    '/a/catalog.log and /b/catalog.log were each changed without the other',
  )
  await disk.remove('/b/catalog.log')
  expect(await live(['/a', '/b'])).toBe(2)
})

test('one that cannot be read is left alone; without another there is no start', async () => {
  await live(['/a', '/b'], 5)
  disk.fault = (operation, path) =>
    path === '/a/catalog.log' && operation === 'read' ? diskError('EIO', path) : undefined
  await expect(open('/a')).rejects.toThrow('cannot read /a/catalog.log')
  await expect(open('/a', '/empty')).rejects.toThrow('cannot read /a/catalog.log')
  expect(await live(['/a', '/b'], 6)).toBe(6)
  expect(errors).toEqual(['catalog-copy-lost'])
  fail(undefined)
  expect(await live(['/a', '/b'])).toBe(6)
})
