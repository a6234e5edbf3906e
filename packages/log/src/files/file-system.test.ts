import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { errnoOf } from '@pafka/base'
import { temporaryFolder } from '@pafka/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { alignedMemory } from '../memory/aligned-memory.ts'
import { DIRECT_BLOCK_BYTES, type FileSystem, type OpenFile } from './file-system.ts'
import { limitedFileSystem } from './limited-file-system.ts'
import { memoryFileSystem } from './memory-file-system.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { patientCalls } from './patient-calls.ts'
import { SimulatedDisk } from './simulated-disk.ts'

const systems: readonly { readonly name: string; readonly make: () => FileSystem }[] = [
  { name: 'node', make: () => nodeFileSystem },
  { name: 'memory', make: memoryFileSystem },
  { name: 'simulated', make: () => SimulatedDisk.create() },
  {
    name: 'limited node',
    make: () => limitedFileSystem(nodeFileSystem, { folders: [root], ...QUICK }),
  },
  {
    name: 'limited memory',
    make: () => limitedFileSystem(memoryFileSystem(), { folders: [root], ...QUICK }),
  },
]

const QUICK = { bytesPerSecond: 1e9, operationsPerSecond: 1e5 }

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let root = ''

beforeEach(async () => {
  folder = await temporaryFolder()
  root = folder.path
})
afterEach(async () => folder[Symbol.asyncDispose]())

const at = (...names: string[]): string => join(root, ...names)

function started(make: () => FileSystem): FileSystem {
  const files = make()
  files.makeFolder(root)
  return files
}

test.runIf(existsSync('/proc/self'))('a folder that cannot be made is an error, at once', () => {
  expect(() => nodeFileSystem.makeFolder('/proc/nothing/deep')).toThrow("mkdir '/proc/nothing'")
})

test('a folder below a file is an error that names the file', () => {
  nodeFileSystem.writeFile(at('file'), Buffer.from('x'))
  expect(() => nodeFileSystem.makeFolder(at('file', 'a', 'b'))).toThrow(at('file'))
  expect(() => nodeFileSystem.makeFolder(at('file'))).toThrow('EEXIST')
})

test.runIf(process.platform === 'linux')(
  'syncs are hastened, or not, without an error',
  async () => {
    await expect(nodeFileSystem.hastenSyncs(root)).resolves.toBeUndefined()
    await expect(nodeFileSystem.hastenSyncs(at('nothing'))).resolves.toBeUndefined()
  },
)

describe.each(systems)('patient calls of the $name file system', ({ make }) => {
  test('do what the others do', async () => {
    const files = started(make)
    const names = patientCalls(files)
    await names.makeFolder(at('a', 'b'))
    await names.makeFolder(at('a', 'b'))
    files.writeFile(at('a', 'b', 'c'), Buffer.from('before'))
    const file = await names.create(at('a', 'b', 'c'))
    expect(file.sizeBytes()).toBe(0)
    file.writeNow([Buffer.from('after')], 0)
    file.close()
    const again = await names.open(at('a', 'b', 'c'), 'update')
    expect(again.sizeBytes()).toBe(5)
    again.close()
    await names.rename(at('a', 'b', 'c'), at('a', 'd'))
    expect(await names.readFile(at('a', 'b', 'c'))).toBeUndefined()
    expect(Buffer.from((await names.readFile(at('a', 'd'))) ?? []).toString()).toBe('after')
    const direct = await names.openDirect(at('a', 'd'), 'read')
    direct?.close()
    expect(direct === undefined).toBe(files.openDirect(at('a', 'd'), 'read', false) === undefined)
  })

  test('fail as the others do', async () => {
    const names = patientCalls(started(make))
    await expect(names.open(at('nothing'), 'update')).rejects.toThrow('ENOENT')
    await expect(names.rename(at('nothing'), at('other'))).rejects.toThrow('ENOENT')
  })
})

test.runIf(existsSync('/proc/self'))('nor does a patient call go on for ever', async () => {
  const making = patientCalls(nodeFileSystem).makeFolder('/proc/nothing/deep')
  await expect(making).rejects.toThrow("mkdir '/proc/nothing'")
  nodeFileSystem.writeFile(at('file'), Buffer.from('x'))
  await expect(patientCalls(nodeFileSystem).makeFolder(at('file'))).rejects.toThrow('EEXIST')
})

describe.each(systems)('names in the $name file system', ({ make }) => {
  test('makes folders with their parents, and lists them', () => {
    const files = started(make)
    files.makeFolder(at('a', 'b'))
    files.makeFolder(at('a', 'b'))
    files.writeFile(at('a', 'c'), Buffer.from('x'))
    expect(files.list(at('a')).toSorted()).toEqual(['b', 'c'])
    expect(files.stat(at('a', 'b'))).toMatchObject({ isFolder: true })
    expect(files.stat(at('a', 'c'))).toMatchObject({ isFolder: false, sizeBytes: 1 })
    expect(files.stat(at('nothing'))).toBeUndefined()
  })

  test('names what is missing', () => {
    const files = started(make)
    for (const mode of ['read', 'update'] as const) {
      expect(thrown(() => files.open(at('missing'), mode))).toBe('ENOENT')
    }
    expect(thrown(() => files.list(at('missing')))).toBe('ENOENT')
    expect(thrown(() => files.open(at('no', 'folder'), 'write'))).toBe('ENOENT')
    expect(files.readFile(at('missing'))).toBeUndefined()
  })
})

describe.each(systems)('bytes in the $name file system', ({ make }) => {
  test('writes anywhere, in pieces, and reads back', async () => {
    const files = started(make)
    const file = files.open(at('f'), 'write')
    const pieces = [Buffer.alloc(70_000, 1), Buffer.alloc(10, 2), Buffer.alloc(70_000, 3)]
    expect(file.writeNow(pieces, 100)).toBe(140_010)
    expect(await writing(file, [Buffer.from('start')], 0)).toBe(5)
    expect(file.sizeBytes()).toBe(140_110)
    const all = Buffer.alloc(200_000)
    expect(file.readNow(all, 0)).toBe(140_110)
    expect(all.subarray(0, 6).toString()).toBe('start\0')
    expect(all.subarray(100, 140_110).equals(Buffer.concat(pieces))).toBe(true)
    const end = Buffer.alloc(20)
    expect(await reading(file, end, 140_100)).toBe(10)
    expect(file.readNow(end, 999_999)).toBe(0)
    file.close()
    file.close()
  })

  test('cuts and grows files with zeros', () => {
    const files = started(make)
    const file = files.open(at('f'), 'write')
    file.writeNow([Buffer.alloc(100, 7)], 0)
    file.truncate(10)
    file.truncate(20)
    expect(Buffer.from(files.readFile(at('f')) ?? [])).toEqual(
      Buffer.concat([Buffer.alloc(10, 7), Buffer.alloc(10)]),
    )
    file.close()
  })

  test('renames files over others, and folders with all they hold', () => {
    const files = started(make)
    files.makeFolder(at('old', 'deep'))
    files.writeFile(at('old', 'deep', 'f'), Buffer.from('1'))
    files.rename(at('old'), at('new'))
    expect(files.stat(at('old'))).toBeUndefined()
    files.writeFile(at('g'), Buffer.from('2'))
    files.rename(at('g'), at('new', 'deep', 'f'))
    expect(Buffer.from(files.readFile(at('new', 'deep', 'f')) ?? []).toString()).toBe('2')
  })
})

describe.each(systems)('durability and locks in the $name file system', ({ make }) => {
  test('an open file stays readable when it is removed', async () => {
    const files = started(make)
    files.writeFile(at('f'), Buffer.from('still here'))
    const file = files.open(at('f'), 'read')
    await files.remove(at('f'))
    await files.remove(at('f'))
    const bytes = Buffer.alloc(10)
    expect([file.readNow(bytes, 0), bytes.toString()]).toEqual([10, 'still here'])
    file.close()
    await files.removeFolder(root)
    await files.removeFolder(root)
    expect(files.stat(root)).toBeUndefined()
  })

  test('syncs files and folders', async () => {
    const files = started(make)
    const file = files.open(at('f'), 'write')
    file.writeNow([Buffer.from('x')], 0)
    file.syncNow()
    const { promise, resolve } = Promise.withResolvers<Error | null>()
    file.sync(resolve)
    expect(await promise).toBeNull()
    await files.syncFolder(root)
    file.close()
  })

  test('a folder is locked by one at a time', async () => {
    const files = started(make)
    const lock = await files.lock(root)
    await expect(files.lock(root)).rejects.toThrow(/in use/)
    await lock.release()
    await lock.release()
    const again = await files.lock(root)
    await again.release()
  })
})

function thrown(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    return errnoOf(error)
  }
  return undefined
}

function writing(file: OpenFile, pieces: Uint8Array[], positionBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    file.write(pieces, positionBytes, (error, bytes) => (error ? reject(error) : resolve(bytes)))
  })
}

function reading(file: OpenFile, into: Uint8Array, positionBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    file.read(into, positionBytes, (error, bytes) => (error ? reject(error) : resolve(bytes)))
  })
}

test('past the page cache: what is written so is read back both ways', () => {
  const path = at('file')
  const direct = nodeFileSystem.openDirect(path, 'write', true)
  if (direct === undefined) return expect(process.platform).not.toBe('linux')
  const memory = alignedMemory(2 * DIRECT_BLOCK_BYTES)
  memory.fill('a', 0, DIRECT_BLOCK_BYTES).fill('b', DIRECT_BLOCK_BYTES)
  expect(direct.writeNow([memory], DIRECT_BLOCK_BYTES)).toBe(memory.length)
  const back = alignedMemory(DIRECT_BLOCK_BYTES)
  expect(direct.readNow(back, 2 * DIRECT_BLOCK_BYTES)).toBe(back.length)
  expect(back.toString()).toBe('b'.repeat(back.length))
  direct.close()
  expect(nodeFileSystem.readFile(path)?.length).toBe(3 * DIRECT_BLOCK_BYTES)
})

test('a simulated disk refuses what is not aligned, as the kernel does', () => {
  const disk = SimulatedDisk.create()
  disk.makeFolder('/folder')
  const direct = disk.openDirect('/folder/file', 'write', false)
  const memory = alignedMemory(2 * DIRECT_BLOCK_BYTES)
  expect(() => direct?.writeNow([memory.subarray(0, 100)], 0)).toThrow('EINVAL')
  expect(() => direct?.writeNow([memory], 512)).toThrow('EINVAL')
  expect(direct?.writeNow([memory], 0)).toBe(memory.length)
})
