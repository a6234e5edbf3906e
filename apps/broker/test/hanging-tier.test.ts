import { execFile } from 'node:child_process'
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { KIB, MIB } from '@pafka/base'
import { CreateTopics, encodeRecordBatch, ErrorCode } from '@pafka/protocol'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { WireClient } from '../src/try/wire-client.ts'
import { BrokerProcess } from './broker-process.ts'
import { fetchOnce, produceBytes, valuesOf } from './wire.ts'

const run = promisify(execFile)
const mayMount = process.platform === 'linux' && process.getuid?.() === 0

/** A file system of its own, that can be made to hang: nobody who writes there comes back. */
class HangingDisk implements AsyncDisposable {
  readonly path: string
  #isFrozen = false

  private constructor(path: string) {
    this.path = path
  }

  /** Undefined where nothing can be mounted. */
  static async mount(image: string, path: string): Promise<HangingDisk | undefined> {
    if (!mayMount) return undefined
    await writeFile(image, '')
    await truncate(image, 256 * MIB)
    await mkdir(path)
    try {
      await run('mkfs.ext4', ['-q', image])
      await run('mount', ['-o', 'loop', image, path])
    } catch {
      return undefined
    }
    return new HangingDisk(path)
  }

  async hang(): Promise<void> {
    await run('fsfreeze', ['-f', this.path])
    this.#isFrozen = true
  }

  async goOn(): Promise<void> {
    if (this.#isFrozen) await run('fsfreeze', ['-u', this.path])
    this.#isFrozen = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goOn()
    await run('umount', [this.path])
  }
}

function start(folder: string): Promise<BrokerProcess> {
  return BrokerProcess.start(
    `log.dirs=${join(folder, 'fast')}`,
    'log.channel.type=tiered',
    'storage.tiers.types=NVME,HDD',
    `storage.tiers.first.paths=${join(folder, 'fast')}`,
    `storage.tiers.first.sizes=${256 * MIB}`,
    `storage.tiers.second.paths=${join(folder, 'slow')}`,
    'storage.migrate.threshold=0.01',
    'storage.migrate.threads=4',
    'log.journal.max.bytes=67108864',
  )
}

async function createTopic(client: WireClient): Promise<void> {
  const configs = [{ name: 'segment.bytes', value: String(MIB) }]
  const topic = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs }
  await client.send(CreateTopics, 5, { topics: [topic], timeoutMs: 5000, validateOnly: false })
}

async function produce(client: WireClient, at: number): Promise<number> {
  const value = Buffer.alloc(400 * KIB, `${at} `)
  const record = { timestamp: Date.now(), key: null, value, headers: [] }
  const { errorCode } = await produceBytes(client, 't', encodeRecordBatch({ records: [record] }))
  return errorCode
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it took too long')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Whoever is held by a disk that hangs is held for good. */
async function tooLong(): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 20_000).unref())
  throw new Error('a producer is held')
}

async function movedFiles(slow: string): Promise<string[]> {
  const names = await readdir(join(slow, 'moved', 't-0')).catch(() => [])
  return names.filter((name) => name.endsWith('.log'))
}

test('producers go on while the disk of a slower tier hangs', async () => {
  await using folder = await temporaryFolder()
  const slow = join(folder.path, 'slow')
  await using disk = await HangingDisk.mount(join(folder.path, 'image'), slow)
  if (disk === undefined) return expect(disk).toBeUndefined() // nothing can be mounted here
  await using broker = await start(folder.path)
  using client = await WireClient.connect(broker.bootstrap)
  await createTopic(client)
  let count = 0
  const produceNext = async (): Promise<void> => {
    expect(await produce(client, count)).toBe(ErrorCode.NONE)
    count += 1
  }
  while (count < 12) await produceNext()
  await until(async () => (await movedFiles(slow)).length >= 3)
  let movedBefore = 0
  try {
    await disk.hang()
    movedBefore = (await movedFiles(slow)).length
    // segments are full all the while, and each is to be moved
    while (count < 60) {
      await Promise.race([produceNext(), tooLong()])
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect((await movedFiles(slow)).length).toBe(movedBefore)
  } finally {
    await disk.goOn()
  }
  await until(async () => (await movedFiles(slow)).length > movedBefore + 5)
  for (let at = 0; at < count; at++) {
    const [found] = valuesOf(await fetchOnce(client, 't', { offset: at }))
    expect([found?.[0], found?.[1].slice(0, 3)]).toEqual([at, `${at} `.repeat(3).slice(0, 3)])
  }
  expect(await broker.stop()).toBe(0)
}, 90_000)
