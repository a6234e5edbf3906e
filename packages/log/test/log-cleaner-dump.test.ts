import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { type LogConfig, nodeFileSystem } from '@pafka/log'
import { ManualClock, temporaryFolder } from '@pafka/testing'
import { describe, expect, test } from 'vitest'

import { append, compacted, endTransaction, write } from './compacted-log.ts'
import { TIME_MS } from './test-batches.ts'
import { createLog, openStore } from './test-store.ts'

const rig = join(import.meta.dirname, '../../../../shared/rigs/kafka')
const run = promisify(execFile)
const TOOL = 'org.apache.kafka.tools.DumpLogSegments'
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const DELETE_RETENTION_MS = 60_000

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

/** Every codec, tombstones, a transaction that ended either way, and small indexes. */
async function fill(folder: string): Promise<string[]> {
  const config: Partial<LogConfig> = {
    ...compacted,
    segmentBytes: 1500,
    deleteRetentionMs: DELETE_RETENTION_MS,
  }
  const clock = new ManualClock(TIME_MS)
  const store = await openStore({ files: nodeFileSystem, dir: folder, config, clock })
  const log = createLog(store, config)
  for (let at = 0; at < 100; at++) {
    const compression = CODECS[at % CODECS.length]
    const texts = [`${at % 30}=value-${at}`, `once-${at}=value-${at}`, `gone-${at % 20}=`]
    append(log, texts, { compression, timestamp: TIME_MS - 7 * at })
  }
  const producer = { transactional: true, producerId: 9, producerEpoch: 0 }
  append(log, ['t=aborted'], { ...producer, baseSequence: 0 })
  endTransaction(log, 9, false)
  append(log, ['t=committed'], { ...producer, baseSequence: 1 })
  endTransaction(log, 9, true)
  append(log, ['u=last'], { ...producer, baseSequence: 2 })
  endTransaction(log, 9, true)
  await write(
    store,
    log,
    Array.from({ length: 30 }, (_, at) => `x=${at}`),
  )
  await store.clean(log)
  await write(
    store,
    log,
    Array.from({ length: 30 }, (_, at) => `u=${at}`),
  )
  await store.clean(log)
  await store.close()
  const names = nodeFileSystem.list(join(folder, 'topic-0')).toSorted()
  return names.map((name) => join(folder, 'topic-0', name))
}

describe.runIf(await hasRig())("Kafka's DumpLogSegments", { timeout: 120_000 }, () => {
  test('reads what compaction wrote as what Kafka would have written', async () => {
    await using folder = await temporaryFolder()
    const files = await fill(folder.path)
    const logs = files.filter((name) => name.endsWith('.log'))
    const text = await dump(logs, '--deep-iteration', '--print-data-log')
    expect(text).not.toMatch(/isvalid: false|corrupt|exception|error/i)
    for (let at = 0; at < 100; at++) {
      expect(text).toContain(`key: once-${at} payload: value-${at}\n`)
      const isLast = at >= 70
      expect(text.includes(`key: ${at % 30} payload: value-${at}\n`)).toBe(isLast)
      expect(text).toContain(`offset: ${3 * at + 1} CreateTime: ${TIME_MS - 7 * at} `)
    }
    expect(text.match(/key: gone-\d+\n/g)).toHaveLength(20)
    const horizons = text.match(/deleteHorizonMs: OptionalLong\[(\d+)\]/g) ?? []
    const horizon = `deleteHorizonMs: OptionalLong[${TIME_MS + DELETE_RETENTION_MS}]`
    expect(new Set(horizons)).toEqual(new Set([horizon]))
    expect(horizons.length).toBeGreaterThan(20)
    expect(text).not.toContain('payload: aborted')
    expect(text).toMatch(/offset: 301 .*endTxnMarker: ABORT coordinatorEpoch: 3/)
    expect(text).toMatch(/offset: 303 .*endTxnMarker: COMMIT coordinatorEpoch: 3/)
    expect(text).toMatch(/baseOffset: 304 lastOffset: 304 count: 0 baseSequence: 2 .*producerId: 9/)
    const indexes = files.filter((name) => /\.(index|timeindex)$/.test(name))
    const checked = await dump(indexes)
    expect(checked).not.toMatch(/mismatch|out of order|corrupt|invalid|could not|exception|error/i)
  })
})
