// Does to a region what would kill a process with a mapped file: `node faults-child.ts NAME
// FOLDER`. It asserts itself, and prints `done` as its last word. Runs in the virtual machine too.
import assert from 'node:assert/strict'
import { closeSync, openSync, readdirSync, readFileSync, truncateSync, write } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'

import { PmemRegion } from '../src/index.ts'
import type { PersistGranularity } from '../src/index.ts'

const [name = '', folder = ''] = process.argv.slice(2)
const SIZE = 1 << 20
const PAGE = 4096
const FAILED = { name: 'PmemError', code: 'EIO' }
const record = new Uint8Array(1000).fill(7)
const inPool = promisify(deflate)
const writeAsync = promisify(write)

function filled(persistGranularity?: PersistGranularity): PmemRegion {
  const options = persistGranularity === undefined ? {} : { persistGranularity }
  const region = PmemRegion.create(join(folder, `region-${Math.random()}`), SIZE, options)
  region.view.fill(5)
  region.persist(0, SIZE)
  return region
}

function truncated(persistGranularity?: PersistGranularity, left = PAGE + 100): PmemRegion {
  const region = filled(persistGranularity)
  truncateSync(region.path, left)
  return region
}

/** All that can be called, once the region has failed. */
function assertFailed(region: PmemRegion): void {
  assert.equal(region.error?.code, 'EIO')
  assert.match(region.error.message, /the file was truncated, or its medium failed/)
  assert.throws(() => region.copy(record, 0), FAILED)
  assert.throws(() => region.copyAndPersist(record, 0), FAILED)
  assert.throws(() => region.persist(0, 10), FAILED)
  assert.throws(() => region.store64(0, 1), FAILED)
  assert.throws(() => region.fence(), FAILED)
  assert.throws(() => region.prefault(0, 10), FAILED)
  region.close()
  assert.throws(() => region.copy(record, 0), { code: 'EBADF' })
}

function addressesKiB(): number {
  return Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
}

async function closeMany(regions: number): Promise<void> {
  const { gc } = globalThis
  assert.ok(gc, 'started with --expose-gc')
  for (let count = 0; count < regions; count++) filled().close()
  for (let round = 0; round < 20; round++) {
    gc()
    await turn()
  }
}

function openMappings(): number {
  return readFileSync('/proc/self/maps', 'utf8').split(folder).length - 1
}

const scenarios: Readonly<Record<string, () => void | Promise<void>>> = {
  'read the view'() {
    const region = truncated()
    assert.equal(region.error, undefined)
    assert.equal(region.view[PAGE - 1], 5, 'what the file has left')
    assert.equal(region.view[SIZE - 1], 0)
    assert.equal(
      region.view.subarray(2 * PAGE).findIndex((byte) => byte !== 0),
      -1,
    )
    assert.equal(region.view[PAGE - 1], 5)
    assertFailed(region)
  },
  'write the view'() {
    const region = truncated()
    region.view.fill(9)
    assertFailed(region)
  },
  copy() {
    const region = truncated()
    assert.throws(() => region.copy(record, SIZE - 1000), FAILED)
    assertFailed(region)
  },
  'copy over the end'() {
    const region = truncated()
    assert.throws(() => region.copyAndPersist(new Uint8Array(SIZE), 0), FAILED)
    assertFailed(region)
  },
  'copy into an empty file'() {
    const region = truncated('cache-line', 0)
    assert.throws(() => region.copyAndPersist(record, 0), FAILED)
    assertFailed(region)
  },
  'persist lines'() {
    const region = truncated('cache-line')
    assert.throws(() => region.persist(0, SIZE), FAILED)
    assertFailed(region)
  },
  'persist bytes'() {
    const region = truncated('byte')
    assert.throws(() => region.persist(0, SIZE), FAILED)
    assertFailed(region)
  },
  'persist pages'() {
    const region = truncated('page')
    assert.throws(() => region.persist(0, SIZE), FAILED)
    assertFailed(region)
  },
  'fence pages'() {
    const region = filled('page')
    region.copy(record, SIZE / 2)
    truncateSync(region.path, PAGE)
    assert.throws(() => region.fence(), FAILED)
    assertFailed(region)
  },
  store64() {
    const region = truncated()
    assert.throws(() => region.store64(SIZE - 8, 1n), FAILED)
    assertFailed(region)
  },
  prefault() {
    const region = truncated()
    assert.throws(() => region.prefault(0, SIZE), FAILED)
    assertFailed(region)
  },
  'copy out of it into another'() {
    const region = truncated()
    const other = filled()
    const lost = region.view.subarray(SIZE - 1000)
    assert.throws(() => other.copy(lost, 0), { code: 'EFAULT' })
    assert.throws(() => other.copy(lost, 0), { code: 'EFAULT' }, 'zeros are no better now')
    assert.equal(other.error, undefined)
    other.copyAndPersist(record, 0)
    assertFailed(region)
  },
  'store where the file system has no room'() {
    const region = PmemRegion.open(join(folder, 'sparse'))
    region.view.fill(1)
    assertFailed(region)
  },
  'read it in the thread pool'() {
    const region = truncated()
    return inPool(region.view).then(() => assertFailed(region))
  },
  async 'close it under the thread pool'() {
    const regions = Array.from({ length: 8 }, () => filled())
    const work = regions.map(({ view }) => inPool(view))
    await turn()
    for (const region of regions) region.close()
    await Promise.all(work)
  },
  async 'close it under a write'() {
    const fd = openSync(join(folder, 'copy'), 'w')
    const regions = Array.from({ length: 8 }, () => filled())
    const work = regions.map(({ view }) => writeAsync(fd, view, 0, SIZE, 0))
    for (const region of regions) region.close()
    await Promise.allSettled(work)
    closeSync(fd)
  },
  async 'write a truncated view to a file'() {
    const region = truncated()
    const fd = openSync(join(folder, 'copy'), 'w')
    const lost = region.view.subarray(SIZE / 2)
    await assert.rejects(writeAsync(fd, lost, 0, lost.length, 0), { code: 'EFAULT' })
    closeSync(fd)
    region.close()
  },
  'move its buffer, then close'() {
    const region = filled()
    const moved = new Uint8Array(region.view.buffer.transfer())
    assert.equal(moved[0], 5)
    region.close()
    assert.equal(moved[0], 0, 'memory, but not the file')
    moved.fill(3)
    assert.equal(readFileSync(region.path)[0], 5)
  },
  'refuse to move its buffer to a thread'() {
    using region = filled()
    const transfer = [region.view.buffer]
    assert.throws(() => structuredClone(region.view, { transfer }), { name: 'DataCloneError' })
    assert.equal(region.view[0], 5)
  },
  async 'forget it without a close'() {
    const { gc } = globalThis
    assert.ok(gc, 'started with --expose-gc')
    const before = readdirSync('/proc/self/fd').length
    for (let count = 0; count < 50; count++) filled().copy(record, 0)
    for (let round = 0; round < 20 && openMappings() > 0; round++) {
      gc()
      await turn()
    }
    assert.equal(openMappings(), 0)
    assert.equal(readdirSync('/proc/self/fd').length, before)
  },
  async 'give the addresses back after a close'() {
    await closeMany(100) // what Node reserves by and by is not ours
    const beforeKiB = addressesKiB()
    await closeMany(300)
    const moreKiB = addressesKiB() - beforeKiB
    assert.ok(moreKiB < 100 * 1024, `${moreKiB} KiB more`)
  },
  'view outlives its region'() {
    const { view } = filled()
    globalThis.gc?.()
    assert.equal(view[SIZE - 1], 5)
  },
  'exit with open regions'() {
    for (let count = 0; count < 10; count++) filled().copy(record, 0)
    truncated().view.at(-1)
  },
  'die of a signal that is not ours'() {
    filled()
    process.kill(process.pid, 'SIGBUS')
  },
}

const scenario = scenarios[name]
if (scenario === undefined) console.log(JSON.stringify(Object.keys(scenarios)))
else {
  await scenario()
  console.log('done')
  if (name.startsWith('exit')) process.exit(0)
}
