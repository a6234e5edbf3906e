import { dirname, join } from 'node:path'

import {
  type DecodedRound,
  type FoundRound,
  type JournalCheckpoint,
  ROUND_HEADER_BYTES,
  type RoundHead,
  isRingCut,
  nodeFileSystem,
  ringSizeBeside,
} from '@pafka/log'
import { RecordBatchView } from '@pafka/protocol'

import { batchItem, recordItems } from './dump-batch.ts'
import type { DumpFile } from './dump-file.ts'
import {
  type DumpItem,
  type DumpItems,
  type DumpOptions,
  note,
  pairsOf,
  problem,
} from './dump-item.ts'
import { NO_CHECKPOINT, readCheckpoint, topicOf } from './dump-journal.ts'
import { isSetAside } from './journal-folder.ts'
import { hex } from './readable.ts'
import { RingRun } from './ring-run.ts'
import { walkRing } from './ring-walk.ts'
import { type TopicNames, topicNames } from './topic-names.ts'

/** A checkpoint may be replaced while the ring is read: so often it is read anew. */
const TRIES = 3

/** The rounds of the ring that a recovery would take; all that is in it with `all`. */
export async function* dumpRing(file: DumpFile, options: DumpOptions): DumpItems {
  const checkpointPath = join(dirname(file.path), 'checkpoint')
  const live = new Map<number, number>()
  const run = await openRun(file, checkpointPath)
  if (typeof run === 'string') {
    yield* unknownItems(file, run, options)
    if (options.all) yield* otherRounds(file, live, undefined)
    return
  }
  const { checkpoint } = run
  const { positionBytes: position, previous } = checkpoint.from
  yield { type: 'ring', fields: { ringId: hex(checkpoint.ringId), position, previous } }
  const names = await topicNames(dirname(file.path))
  for await (const found of run.rounds()) {
    live.set(found.positionBytes, found.round.totalBytes)
    yield* roundItems(found, options, names)
  }
  const moved = await movedItem(checkpointPath, checkpoint)
  if (moved !== undefined) yield moved
  yield* endItems(file, run, moved !== undefined || (await file.hasGrown()))
  if (options.all) yield* otherRounds(file, live, checkpoint)
}

/** Why it is not known which rounds a recovery would take. */
async function* unknownItems(file: DumpFile, reason: string, { all }: DumpOptions): DumpItems {
  if (reason === NO_CHECKPOINT && isSetAside(dirname(file.path))) {
    yield note(null, `${reason}: setting them aside was not finished, the ring has these rounds`)
    return
  }
  const what = `where its rounds begin is not known: ${reason}`
  yield problem(null, all ? what : `${what}; --all shows what there is`)
}

/**
 * Where the run ended, and whether it had to.
 * @param isMoving a broker let rounds go or made the ring larger meanwhile: it tells nothing
 */
async function* endItems(file: DumpFile, run: RingRun, isMoving: boolean): DumpItems {
  const { positionBytes: position, lastSequence, count: rounds, younger } = run
  const isOver = younger !== undefined && !isMoving
  const fields = { position, lastSequence, rounds, younger: isOver ? younger : null }
  const text = (): string =>
    `the run ends at ${position} lastSequence: ${lastSequence} rounds: ${rounds}`
  yield { type: 'ringEnd', fields, text }
  if (isMoving) return
  const { from } = run.checkpoint
  const toldBytes = ringSizeBeside(nodeFileSystem, file.path)
  if (isRingCut(from, file.sizeBytes)) {
    yield problem(
      file.sizeBytes,
      `the file ends before ${from.positionBytes}, where its rounds begin`,
    )
  } else if (file.sizeBytes < toldBytes) {
    yield problem(file.sizeBytes, `the file was cut: it had ${toldBytes} bytes at least`)
  } else if (isSetAside(dirname(file.path)) && position !== file.sizeBytes) {
    yield problem(
      position,
      `the run is broken off: the rounds set aside go on up to ${file.sizeBytes}`,
    )
  } else if (run.hasGaps) {
    yield problem(null, 'rounds are missing: damaged, or in the ring before they were set aside')
  } else if (isOver) {
    const where = `the run is broken off behind sequence ${lastSequence}`
    const what = `${younger} beyond it is sound, so a round is damaged, or lost without a barrier`
    yield problem(position, `${where}: ${what}`)
  } else {
    const torn = await run.torn()
    if (torn === undefined) return
    const what = `sequence ${torn.sequence} would be next and is not whole`
    yield note(torn.positionBytes, `${what}: on its way, cut by a crash before its ack, or damaged`)
  }
}

/** @returns or why it is not known */
async function openRun(file: DumpFile, checkpointPath: string): Promise<RingRun | string> {
  let tried: JournalCheckpoint | undefined
  for (let tries = 1; ; tries++) {
    const checkpoint = await readCheckpoint(checkpointPath)
    if (typeof checkpoint === 'string') return checkpoint
    const run = await RingRun.open(file, checkpoint)
    const isSame = tried?.from.previous === checkpoint.from.previous
    if (!run.isEmpty || isSame || tries === TRIES) return run
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

/** The broker goes on meanwhile: what it lets go of, it writes over. */
async function movedItem(path: string, before: JournalCheckpoint): Promise<DumpItem | undefined> {
  const checkpoint = await readCheckpoint(path)
  if (typeof checkpoint === 'string') return undefined
  if (checkpoint.from.previous === before.from.previous) return undefined
  const { positionBytes, previous } = checkpoint.from
  const what = `a checkpoint was made meanwhile: rounds up to sequence ${previous} are let go`
  return note(positionBytes, what)
}
