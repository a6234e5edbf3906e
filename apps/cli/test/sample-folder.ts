import { join } from 'node:path'

import { MIB, silentLogger } from '@pafka/base'
import {
  defaultLogConfig,
  encodeCatalogFrame,
  type JournalOptions,
  type LogConfig,
  LogStore,
  nodeFileSystem,
  type PartitionLog,
} from '@pafka/log'
import {
  type CompressionName,
  encodeEndTransactionMarker,
  encodeRecordBatch,
  type RecordInput,
} from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'

import { runCommandLine } from '../src/command-line.ts'

export const TIME_MS = 1_700_000_000_000
export const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const CLIENT = { origin: 'client', leaderEpoch: 0 } as const

export interface SampleStore {
  readonly channel: 'file' | 'journal'
  readonly config?: Partial<LogConfig>
  readonly journal?: Partial<JournalOptions>
}

export function openStore(
  dir: string,
  { channel, config, journal }: SampleStore,
): Promise<LogStore> {
  const folder = join(dir, 'journal')
  return LogStore.open({
    dirs: [dir],
    channel,
    journal: { folder, limitBytes: 16 * MIB, tailBytes: 16 * MIB, ...journal },
    files: nodeFileSystem,
    clock: new ManualClock(TIME_MS),
    logger: silentLogger,
    nodeId: 1,
    configOf: () => ({ ...defaultLogConfig, ...config }),
    retentionCheckIntervalMs: 0,
    checkpointIntervalMs: 0,
    cleanerBackoffMs: 0,
  })
}

export function createLog(store: LogStore, config: Partial<LogConfig> = {}): PartitionLog {
  const wanted = { topic: 'orders', topicId: TOPIC_ID, partition: 0 }
  return store.create(wanted, { ...defaultLogConfig, ...config })
}

/** As they are, or each codec in turn. Compressed bytes differ from one Node to another. */
export const PLAIN: readonly CompressionName[] = ['none']
export const CODECS: readonly CompressionName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** One record a batch, but for every third, which has three. */
export async function append(
  log: PartitionLog,
  batches: number,
  codecs: readonly CompressionName[] = PLAIN,
): Promise<void> {
  for (let at = 0; at < batches; at++) {
    const records = numbered(at % 3 === 0 ? 3 : 1, at)
    appendOne(
      log,
      encodeRecordBatch({ records, compression: codecs[at % codecs.length] ?? 'none' }),
    )
  }
  await committed(log)
}

/** Two batches of an idempotent producer. */
export async function appendOfProducers(log: PartitionLog): Promise<void> {
  const producerId = 7
  const known = { producerId, producerEpoch: 1, records: numbered(1, 0) }
  appendOne(log, encodeRecordBatch({ ...known, baseSequence: 0 }))
  appendOne(log, encodeRecordBatch({ ...known, baseSequence: 1 }))
  await committed(log)
}

/** A marker as the transaction coordinator writes it. */
export const MARKER: Uint8Array = encodeEndTransactionMarker({
  commit: true,
  coordinatorEpoch: 3,
  producerId: 7,
  producerEpoch: 1,
  timestamp: TIME_MS,
  baseOffset: 100,
})

function numbered(count: number, first: number): RecordInput[] {
  return Array.from({ length: count }, (_, at) => ({
    timestamp: TIME_MS + first * 10 + at,
    key: first % 4 === 0 ? null : Buffer.from(`key-${first + at}`),
    value: first % 5 === 4 ? Buffer.from([0xff, 0x00, at]) : Buffer.from(`value-${first + at}`),
    headers: first % 6 === 5 ? [{ key: 'trace', value: Buffer.from('abc') }] : [],
  }))
}

function appendOne(log: PartitionLog, batch: Uint8Array): void {
  const { errorCode } = log.appendAsLeader(batch, CLIENT)
  if (errorCode !== 0) throw new Error(`the append gave ${errorCode}`)
}

function committed(log: PartitionLog): Promise<void> {
  return new Promise((resolve, reject) => {
    log.whenCommitted(log.logEndOffset, {
      committed: () => resolve(),
      failed: (_log, error) => reject(error),
    })
  })
}

/** A catalog of three changes. */
export function writeCatalog(folder: string): void {
  const configs = new Map([['retention.ms', '1000']])
  const created = { kind: 'topic-created', name: 'orders', id: TOPIC_ID, partitions: 1 } as const
  const frames = [
    encodeCatalogFrame(4, [{ ...created, internal: false, configs, places: [] }]),
    encodeCatalogFrame(5, [{ kind: 'producer-ids-reserved', nextBlock: 2 }]),
    encodeCatalogFrame(6, [{ kind: 'partitions-added', id: TOPIC_ID, partitions: 3, places: [] }]),
  ]
  nodeFileSystem.writeFile(join(folder, 'catalog.log'), Buffer.concat(frames))
}

/** What `pafka dump-log` prints, and its exit code. */
export async function dump(...args: string[]): Promise<Dumped> {
  let [text, errors] = ['', '']
  const exitCode = await runCommandLine(['dump-log', ...args], {
    write: async (more) => void (text += more),
    writeError: (more) => void (errors += more),
    signal: new AbortController().signal,
  })
  return { text, errors, exitCode }
}

export interface Dumped {
  readonly text: string
  readonly errors: string
  readonly exitCode: number
}

export interface DumpLine {
  readonly file: string
  readonly type: string
  readonly [key: string]: unknown
}

/** As `dump`, with `--json`: every line is an object. */
export async function dumpJson(...args: string[]): Promise<DumpLine[]> {
  const { text } = await dump('--json', ...args)
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as DumpLine)
}

export function ofType(lines: readonly DumpLine[], type: string): DumpLine[] {
  return lines.filter((line) => line.type === type)
}
