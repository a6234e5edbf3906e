import { execFile } from 'node:child_process'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { KIB, MIB } from '@pafka/base'
import { CreateTopics, DescribeLogDirs, encodeRecordBatch, ErrorCode } from '@pafka/protocol'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { WireClient } from '../src/try/wire-client.ts'
import { BrokerProcess } from './broker-process.ts'
import { fetchOnce, produceBytes, valuesOf } from './wire.ts'

const VALUES = 12
const run = promisify(execFile)
const mayMount = process.platform === 'linux' && process.getuid?.() === 0

function start(folder: string): Promise<BrokerProcess> {
  return BrokerProcess.start(
    `log.dirs=${join(folder, 'fast')}`,
    'log.channel.type=tiered',
    'storage.tiers.types=NVME,HDD',
    `storage.tiers.first.paths=${join(folder, 'fast')}`,
    `storage.tiers.first.sizes=${256 * MIB}`,
    `storage.tiers.second.paths=${join(folder, 'slow')}`,
    `storage.tiers.second.sizes=${1024 * MIB}`,
    'storage.migrate.threshold=0.01',
    'log.journal.max.bytes=67108864',
    'metrics.listener=127.0.0.1:0',
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

async function codeAt(client: WireClient, offset: number): Promise<number> {
  return (await fetchOnce(client, 't', { offset })).errorCode
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it took too long')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function movedFiles(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'slow', 'moved', 't-0')).catch(() => [])
  return names.filter((name) => name.endsWith('.log'))
}

async function dirCodes(client: WireClient): Promise<number[]> {
  const { results } = await client.send(DescribeLogDirs, 4, { topics: null })
  return results.map(({ errorCode }) => errorCode)
}

async function onlineOf({ output }: BrokerProcess): Promise<string[]> {
  const [, url = ''] = /metrics-served at=(\S+)/.exec(output) ?? []
  const text = await (await fetch(url)).text()
  return text.split('\n').filter((line) => line.startsWith('pafka_tier_online{'))
}

test.each([
  {
    name: 'renamed',
    skip: false,
    lose: (path: string) => rename(path, `${path}-away`),
    bring: async (path: string) => {
      await rm(path, { recursive: true, force: true })
      await rename(`${path}-away`, path)
    },
  },
  {
    name: 'overmounted',
    skip: !mayMount,
    lose: (path: string) => run('mount', ['-t', 'tmpfs', 'tmpfs', path]),
    bring: (path: string) => run('umount', [path]),
  },
])(
  'a tier that is $name while it is used takes down what lies on it, and nothing else',
  async ({ lose, bring, skip }) => {
    if (skip) return
    await using folder = await temporaryFolder()
    const slow = join(folder.path, 'slow')
    await mkdir(slow)
    {
      await using broker = await start(folder.path)
      using client = await WireClient.connect(broker.bootstrap)
      await createTopic(client)
      for (let at = 0; at < VALUES; at++) expect(await produce(client, at)).toBe(ErrorCode.NONE)
      await until(async () => (await movedFiles(folder.path)).length >= 3)
      expect(await codeAt(client, 0)).toBe(ErrorCode.NONE)
      await lose(slow)
      try {
        await until(async () => broker.output.includes('log-dir-failed'))
        expect(await codeAt(client, 0)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
        expect(await produce(client, VALUES)).toBe(ErrorCode.NONE)
        expect(await codeAt(client, VALUES)).toBe(ErrorCode.NONE)
        const codes = [ErrorCode.NONE, ErrorCode.KAFKA_STORAGE_ERROR]
        expect(await dirCodes(client)).toEqual(codes)
        expect((await onlineOf(broker)).map((line) => line.slice(-1))).toEqual(['1', '0'])
        expect(await broker.stop()).toBe(0)
        expect(broker.output.match(/log-dir-failed dir=\S+slow partitions=1/g)).toHaveLength(1)
      } finally {
        await bring(slow)
      }
    }
    await using again = await start(folder.path)
    using client = await WireClient.connect(again.bootstrap)
    for (let at = 0; at <= VALUES; at++) {
      const [found] = valuesOf(await fetchOnce(client, 't', { offset: at }))
      expect([found?.[0], found?.[1].slice(0, 5)]).toEqual([at, `${at} `.repeat(5).slice(0, 5)])
    }
  },
  60_000,
)
