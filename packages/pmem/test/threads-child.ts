// Regions in several threads at a time: `node threads-child.ts NAME FOLDER`. It asserts itself,
// and prints `done` as its last word.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

import { PmemError, PmemRegion } from '../src/index.ts'

const THREADS = 4
const AREA = 1 << 16
const SIZE = THREADS * AREA
const RECORD = 1000

/** What a thread is to do. */
interface Task {
  readonly path: string
  readonly thread: number
  /** 0 for as long as it is let. */
  readonly records: number
}

function path(): string {
  return join(process.argv[3] ?? '', 'region')
}

function start(thread: number, records: number): Worker {
  return new Worker(new URL(import.meta.url), {
    workerData: { path: path(), thread, records } satisfies Task,
    argv: process.argv.slice(2),
  })
}

function threads(records: number): readonly Worker[] {
  return Array.from({ length: THREADS }, (_, thread) => start(thread, records))
}

/** To the main thread. */
function tell(word: string): void {
  parentPort?.postMessage(word, [])
}

/** Appends round and round in its own part of the file. The first one is told of. */
function work({ path: file, thread, records }: Task): void {
  const record = new Uint8Array(RECORD).fill(thread + 1)
  try {
    const region = PmemRegion.open(file)
    for (let count = 0; records === 0 || count < records; count++) {
      const at = thread * AREA + 8 + ((count * RECORD) % (AREA - RECORD - 8))
      region.copyAndPersist(record, at)
      region.store64(thread * AREA, count + 1)
      const found = region.view[at] // zero when the file was cut since, and then there is an error
      assert.ok(found === thread + 1 || region.error !== undefined)
      if (count === 0) tell('began')
    }
    tell('ended')
  } catch (error) {
    if (!(error instanceof PmemError)) throw error
    tell(error.code)
  }
  // The region is left open: it ends with its thread.
}

async function lastWord(worker: Worker): Promise<unknown> {
  let word: unknown
  worker.on('message', (message: unknown) => (word = message))
  await once(worker, 'exit')
  return word
}

const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  async 'write to one file'() {
    using region = PmemRegion.create(path(), SIZE)
    const words = await Promise.all(threads(5000).map(lastWord))
    assert.deepEqual(words, Array(THREADS).fill('ended'))
    const marks = new DataView(region.view.buffer)
    for (let thread = 0; thread < THREADS; thread++) {
      assert.equal(marks.getBigUint64(thread * AREA, true), 5000n)
      assert.equal(region.view[thread * AREA + 8], thread + 1)
    }
  },
  async 'are ended in the midst of writing'() {
    using region = PmemRegion.create(path(), SIZE)
    for (let round = 0; round < 5; round++) {
      const workers = threads(0)
      await Promise.all(workers.map((worker) => once(worker, 'message')))
      await Promise.all(workers.map((worker) => worker.terminate()))
      region.copyAndPersist(new Uint8Array(SIZE), 0)
    }
  },
  async 'are told of a truncation'() {
    using region = PmemRegion.create(path(), SIZE)
    const workers = threads(0)
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    truncateSync(region.path, 0)
    assert.deepEqual(await Promise.all(workers.map(lastWord)), Array(THREADS).fill('EIO'))
    assert.equal(region.view[0], 0, 'the first touch of this one')
    assert.equal(region.error?.code, 'EIO')
  },
  async 'load the addon one after another'() {
    const first = start(0, 0)
    assert.deepEqual(await once(first, 'message'), ['ENOENT'])
    PmemRegion.create(path(), SIZE).close()
    assert.equal(await lastWord(start(1, 10)), 'ended')
    const last = start(2, 0)
    await once(last, 'message')
    truncateSync(path(), 0)
    assert.equal(await lastWord(last), 'EIO', 'the handler outlived the first thread')
  },
  async 'exit while they write'() {
    PmemRegion.create(path(), SIZE)
    await Promise.all(threads(0).map((worker) => once(worker, 'message')))
    await sleep(20)
  },
}

if (!isMainThread) work(workerData as Task)
else {
  const [name = ''] = process.argv.slice(2)
  await scenarios[name]?.()
  console.log(name in scenarios ? 'done' : JSON.stringify(Object.keys(scenarios)))
  process.exit()
}
