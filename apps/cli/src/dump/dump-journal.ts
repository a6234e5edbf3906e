import { dirname, join } from 'node:path'

import { errnoOf } from '@pafka/base'
import {
  decodeJournalCheckpoint,
  type DecodedRound,
  type FoundRound,
  type JournalCheckpoint,
  RingScan,
  ROUND_HEADER_BYTES,
  type RoundHead,
} from '@pafka/log'
import { RecordBatchView } from '@pafka/protocol'

import { batchItem, recordItems } from './dump-batch.ts'
import { DumpFile } from './dump-file.ts'
import {
  type DumpItem,
  type DumpItems,
  type DumpOptions,
  type FieldMap,
  note,
  pairsOf,
  problem,
} from './dump-item.ts'
import { producerItems } from './dump-snapshot.ts'
import { hex } from './readable.ts'
import { walkRing } from './ring-walk.ts'
import { type TopicNames, topicNames } from './topic-names.ts'

/** A checkpoint may be replaced while the ring is read: so often it is read anew. */
const TRIES = 3

/** The journal's checkpoint: where its ring begins, and what the files of each log have. */
export async function* dumpJournalCheckpoint(file: DumpFile): DumpItems {
  const { ringId, from, logs } = decodeJournalCheckpoint(await file.all(), file.path)
  const head = { ringId: hex(ringId), position: from.positionBytes, previous: from.previous }
  yield { type: 'journalCheckpoint', fields: { ...head, logs: logs.length } }
  const names = await topicNames(dirname(file.path))
  for (const log of logs) {
    const of = { ...topicOf(log.topicId, names), partition: log.partition }
    const { segmentBaseOffset, positionBytes, offset, end } = log.place
    const items = log.producers === undefined ? [] : producerItems(log.producers, of)
    const fields = { ...of, segmentBaseOffset, position: positionBytes, endOffset: offset }
    const producers = log.producers === undefined ? null : (items?.length ?? null)
    const segment = end && {
      maxTimestamp: end.maxTimestampMs,
      leaderEpoch: end.leaderEpoch,
      indexEntries: end.offsetEntries,
      timeIndexEntries: end.timeEntries,
    }
    const { isNamed } = log
    yield { type: 'journalLog', fields: { ...fields, producers, isNamed, ...segment } }
    if (items === undefined) yield problem(null, 'the producers of this log are damaged')
    else yield* items
  }
}

/** The rounds of the ring that a recovery would take; all that is in it with `all`. */
export async function* dumpRing(file: DumpFile, options: DumpOptions): DumpItems {
  const checkpointPath = join(dirname(file.path), 'checkpoint')
  const live = new Map<number, number>()
  const start = await startOfRun(file, checkpointPath)
  if (typeof start === 'string') {
    const what = `where its rounds begin is not known: ${start}`
    yield problem(null, options.all ? what : `${what}; --all shows what there is`)
    if (options.all) yield* otherRounds(file, live, undefined)
    return
  }
  const { checkpoint, scan } = start
  const { positionBytes: position, previous } = checkpoint.from
  yield { type: 'ring', fields: { ringId: hex(checkpoint.ringId), position, previous } }
  const names = await topicNames(dirname(file.path))
  for (let { found } = start; found !== undefined; found = await scan.next()) {
    live.set(found.positionBytes, found.round.totalBytes)
    yield* roundItems(found, options, names)
  }
  yield* movedItems(checkpointPath, checkpoint)
  if (options.all) yield* otherRounds(file, live, checkpoint)
}

interface TopicFields extends FieldMap {
  /** Null when the catalog is elsewhere, or has forgotten it. */
  readonly topic: string | null
  readonly topicId: string
}

function topicOf(id: Buffer, names: TopicNames): TopicFields {
  const topicId = id.toString('base64url')
  return { topic: names.get(topicId) ?? null, topicId }
}

interface RunStart {
  readonly checkpoint: JournalCheckpoint
  readonly scan: RingScan
  /** The first round; undefined when all are covered. */
  readonly found: FoundRound | undefined
}

/** @returns or why it is not known */
async function startOfRun(file: DumpFile, checkpointPath: string): Promise<RunStart | string> {
  let tried: JournalCheckpoint | undefined
  for (let tries = 1; ; tries++) {
    const checkpoint = await readCheckpoint(checkpointPath)
    if (typeof checkpoint === 'string') return checkpoint
    const scan = new RingScan(file, checkpoint.ringId, checkpoint.from)
    const found = await scan.next()
    const isSame = tried?.from.previous === checkpoint.from.previous
    if (found !== undefined || isSame || tries === TRIES) return { checkpoint, scan, found }
    tried = checkpoint
  }
}

async function* roundItems(
  { round, positionBytes, bytes }: FoundRound,
  { records }: DumpOptions,
  names: TopicNames,
): DumpItems {
  yield roundItem(round, positionBytes, 'live', true)
  let at = ROUND_HEADER_BYTES
  for (const entry of round.items) {
    yield entryItem(entry, names)
    const end = at + entry.lengthBytes
    while (records && at < end) {
      const batch = new RecordBatchView(bytes, at)
      yield batchItem(batch, positionBytes + at)
      yield* recordItems(batch, positionBytes + at)
      at += batch.sizeBytes
    }
    at = end
  }
}

/** @param live bytes of the rounds that a recovery takes, by position */
async function* otherRounds(
  file: DumpFile,
  live: ReadonlyMap<number, number>,
  checkpoint: JournalCheckpoint | undefined,
): DumpItems {
  for await (const { head, positionBytes, isWhole } of walkRing(file, live)) {
    yield roundItem(head, positionBytes, stateOf(head, checkpoint), isWhole)
  }
}

/** Why a round is not taken. */
function stateOf(head: RoundHead, checkpoint: JournalCheckpoint | undefined): string {
  if (checkpoint === undefined) return 'unknown'
  if (!head.ringId.equals(checkpoint.ringId)) return 'other-ring'
  return head.sequence <= checkpoint.from.previous ? 'covered' : 'unconnected'
}

function roundItem(round: RoundHead, position: number, state: string, isWhole: boolean): DumpItem {
  const { sequence, previous, timestampMs, totalBytes, batchBytes, entries } = round
  const sizes = { size: totalBytes, batchBytes, entries }
  const fields = { sequence, previous, position, ...sizes, timestamp: timestampMs, state, isWhole }
  return { type: 'round', fields }
}

function entryItem(entry: DecodedRound['items'][number], names: TopicNames): DumpItem {
  const fields = {
    ...topicOf(entry.topicId, names),
    partition: entry.partition,
    leaderEpoch: entry.leaderEpoch,
    baseOffset: entry.baseOffset,
    endOffset: entry.endOffset,
    segmentBaseOffset: entry.segmentBaseOffset,
    segmentPosition: entry.positionBytes,
    bytes: entry.lengthBytes,
  }
  return { type: 'roundEntry', fields, text: () => `| ${pairsOf(fields)}` }
}

/** @returns or why there is none */
async function readCheckpoint(path: string): Promise<JournalCheckpoint | string> {
  try {
    const file = await DumpFile.open(path)
    try {
      return decodeJournalCheckpoint(await file.all(), path)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'there is no checkpoint beside it'
    return error instanceof Error ? error.message : String(error)
  }
}

/** The broker goes on meanwhile: what it lets go of, it writes over. */
async function* movedItems(path: string, before: JournalCheckpoint): DumpItems {
  const checkpoint = await readCheckpoint(path)
  if (typeof checkpoint === 'string') return
  if (checkpoint.from.previous === before.from.previous) return
  const { positionBytes, previous } = checkpoint.from
  const what = `a checkpoint was made meanwhile: rounds up to sequence ${previous} are let go`
  yield note(positionBytes, what)
}
