import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { type LogConfig, nodeFileSystem, type PartitionLog } from '@pafka/log'
import { temporaryFolder } from '@pafka/testing'
import { beforeAll, describe, expect, test } from 'vitest'

import { batchOf, idempotent, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'

const rig = join(import.meta.dirname, '../../../../shared/rigs/kafka')
const run = promisify(execFile)
const TOOL = 'org.apache.kafka.tools.DumpLogSegments'
/** What Kafka's tool says when an index is not as it would have made it. */
const COMPLAINTS = /mismatch|out of order|corrupt|invalid|could not|exception|error/i

async function hasRig(): Promise<boolean> {
  if (!existsSync(rig)) return false
  return run('java', ['-version']).then(
    () => true,
    () => false,
  )
}

async function dump(files: readonly string[], ...options: string[]): Promise<string> {
  const args = ['tool', TOOL, '--files', files.join(','), ...options]
  const { stdout, stderr } = await run(rig, args, { maxBuffer: 64 * 1024 * 1024 })
  return stdout + stderr
}

const config: Partial<LogConfig> = { segmentBytes: 20_000, indexIntervalBytes: 500 }

/** Several segments with every codec, timestamps that jump, idempotent batches, and a restart. */
async function fill(folder: string): Promise<string[]> {
  const options = { files: nodeFileSystem, dir: folder, config }
  const first = await openStore(options)
  await append(createLog(first, config), 0)
  await first.close()
  const second = await openStore(options)
  await append(second.get('topic', 0) as PartitionLog, 200)
  await second.close()
  const names = nodeFileSystem.list(join(folder, 'topic-0')).toSorted()
  return names.map((name) => join(folder, 'topic-0', name))
}

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

async function append(log: PartitionLog, from: number): Promise<void> {
  for (let at = from; at < from + 200; at++) {
    const timestampMs = TIME_MS + (at % 10 === 3 ? -50_000 : at * 7)
    const compression = CODECS[at % CODECS.length]
    const batch = batchOf(numbered(1 + (at % 9), at, timestampMs), { compression })
    expect(log.appendAsLeader(batch, CLIENT).errorCode).toBe(0)
    const known = idempotent({ producerId: 7, sequence: at - from, epoch: from === 0 ? 0 : 1 })
    expect(log.appendAsLeader(known, { origin: 'client', leaderEpoch: from / 200 }).errorCode).toBe(
      0,
    )
  }
  await committed(log)
}

describe.runIf(await hasRig())("Kafka's DumpLogSegments", { timeout: 120_000 }, () => {
  let files: string[] = []
  let folder: Awaited<ReturnType<typeof temporaryFolder>> | undefined

  beforeAll(async () => {
    folder = await temporaryFolder()
    files = await fill(folder.path)
    return async () => folder?.[Symbol.asyncDispose]()
  })

  test('reads every record of every segment', async () => {
    const logs = files.filter((name) => name.endsWith('.log'))
    expect(logs.length).toBeGreaterThan(2)
    const text = await dump(logs, '--deep-iteration', '--print-data-log')
    expect(text).not.toMatch(COMPLAINTS)
    expect(text.match(/isvalid: true/g)?.length).toBe(800)
    expect(text).not.toContain('isvalid: false')
    expect(text).toContain('payload: value-399')
  })

  test('finds the indexes as it would have made them', async () => {
    const indexes = files.filter((name) => /\.(index|timeindex)$/.test(name))
    expect(await dump(indexes)).not.toMatch(COMPLAINTS)
    expect(await dump(indexes, '--verify-index-only')).not.toMatch(COMPLAINTS)
    const sanity = await dump(indexes, '--index-sanity-check')
    expect(sanity.match(/passed sanity check/g)?.length).toBe(indexes.length)
  })

  test('reads producer snapshots', async () => {
    const snapshots = files.filter((name) => name.endsWith('.snapshot'))
    const text = await dump(snapshots)
    expect(text).not.toMatch(COMPLAINTS)
    expect(text).toMatch(/producerId: 7 producerEpoch: 1 .*lastSequence: 199/)
  })
})
