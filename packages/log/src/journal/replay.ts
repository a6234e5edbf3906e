import type { Logger } from '@pafka/base'

import type { PartitionLog } from '../partition/partition-log.ts'
import type { LogParts } from '../partition/log-parts.ts'
import { keepProducersBroughtBack } from '../producer/kept-producers.ts'
import { dropLostTransactions } from '../producer/producer-recovery.ts'
import { dropBeyond } from '../recovery/beyond-segments.ts'
import { beginAnew, lookInto } from '../recovery/log-loader.ts'
import type { BehindQueue } from './behind-queue.ts'
import type { EngineHost } from './engine-host.ts'
import type { Journal } from './journal.ts'
import { JournalBroken } from './journal-broken.ts'
import { keyOf, keysOf } from './journal-checkpoint.ts'
import { HeldRound } from './held-round.ts'
import { type ReplayChannels, replayEntry } from './replay-entry.ts'
import type { ReplayMemory } from './replay-memory.ts'
import { ROUND_HEADER_BYTES, type RoundEntry } from './round-format.ts'
import type { FoundRound, RingScan } from './ring-scan.ts'
import type { StrandedJournal } from './stranded-journals.ts'

/** Beyond this part of the memory, what is brought back goes to segment files before the rest. */
const HELD_SHARE = 2

export interface ReplayParts {
  readonly engine: ReplayChannels
  readonly journal: Journal
  readonly behind: BehindQueue
  /** That the ring is read to. */
  readonly memory: ReplayMemory
  readonly host: EngineHost
}

/**
 * Appends to the logs what the rounds since the last checkpoint have and their files lack: as when
 * the rounds were written, but for the write. They stay in the ring until a checkpoint covers them.
 * @returns what was seen
 * @throws JournalBroken when rounds are missing; not of a scan that passes gaps
 */
export async function replayRing(scan: RingScan, parts: ReplayParts): Promise<Seen> {
  const { journal } = parts
  const seen = await replayAll(scan, {
    ...parts,
    hasGaps: () => scan.passesGaps,
    isWanted: () => true,
    beginsLogs: true,
    adopt: (round, positionBytes) => journal.adopt(round, positionBytes),
  })
  if (!scan.passesGaps) await checkUnbroken(scan, parts.host.logger)
  for (const log of parts.host.logs()) {
    if (log.parts.isUnsettled) await whileReadable(log, parts.host, () => lookInto(log.parts))
    await whileReadable(log, parts.host, () => dropLostTransactions(log.parts))
    await whileReadable(log, parts.host, () => keepProducersBroughtBack(log.parts))
    await whileReadable(log, parts.host, () => dropBeyond(log.parts))
  }
  parts.behind.holdBack(false)
  journal.resume(scan.previous, scan.positionBytes)
  return seen
}

/** @throws JournalBroken */
async function checkUnbroken(scan: RingScan, logger: Logger): Promise<void> {
  const [younger, second] = await scan.youngerBeyond()
  if (younger === undefined) return
  const { previous, positionBytes } = scan
  const where = { positionBytes, lastSequence: previous, younger }
  // what was in flight beside one that a crash took: left there, it would come back some day
  if (second === undefined) logger.info('journal-round-alone', where)
  // damage, or rounds without a barrier that a power cut lost: their logs asked for no more
  else logger.error('journal-broken-off', where)
  throw new JournalBroken()
}

/** As `replayRing`, from rounds that were set aside for some logs; they are in no ring. */
export async function replayStranded(
  { scan, logs }: StrandedJournal,
  parts: ReplayParts,
): Promise<void> {
  const keys = keysOf(logs)
  await replayAll(scan, {
    ...parts,
    hasGaps: () => scan.hasGaps,
    isWanted: ({ topicId, partition }) => keys.has(keyOf(topicId, partition)),
    // the files may have got all of it, and more, since it was set aside
    beginsLogs: false,
    // older than all in the ring, whatever number they had: no checkpoint leaves them out
    adopt: (round) => void (round.sequence = 0),
  })
  parts.behind.holdBack(false)
}

interface Replaying extends ReplayParts {
  readonly hasGaps: () => boolean
  readonly isWanted: (entry: RoundEntry) => boolean
  /** A log that no checkpoint names has all its records there, when it has the first. */
  readonly beginsLogs: boolean
  readonly adopt: (round: HeldRound, positionBytes: number) => void
}

async function replayAll(scan: RingScan, parts: Replaying): Promise<Seen> {
  const { host, behind, engine, memory } = parts
  const startedMs = host.clock.monotonicMs()
  const seen = { rounds: 0, entries: 0, bytes: 0, skipped: 0, unknown: 0 }
  const skipped = new Set<PartitionLog>()
  // its reads would wait behind writes, and what is written now is in the ring all the same
  behind.holdBack(true)
  for (let found = await scan.next(); found !== undefined; found = await scan.next()) {
    seen.rounds += 1
    await replayRound(found, { ...parts, skipped }, seen)
    const mostBytes = engine.memory.budgetBytes / HELD_SHARE
    if (behind.waitingBytes <= mostBytes) continue
    // a full disk must not keep what there is from being read: it stays in memory
    await behind.drainTo(parts.journal.sequence).catch(() => undefined)
  }
  memory.release()
  if (seen.rounds === 0) return seen
  const tookMs = Math.round(host.clock.monotonicMs() - startedMs)
  host.logger.info('journal-replayed', { ...seen, tookMs, io: engine.medium.io })
  return seen
}

interface ReplayingRound extends Replaying {
  /** Logs of which that was told. */
  readonly skipped: Set<PartitionLog>
}

interface Seen {
  rounds: number
  entries: number
  bytes: number
  skipped: number
  /** Of them, those of logs that are not there. */
  unknown: number
}

async function replayRound(
  found: FoundRound,
  { engine, host, memory, hasGaps, skipped, isWanted, beginsLogs, adopt }: ReplayingRound,
  seen: Seen,
): Promise<void> {
  const { round: decoded, positionBytes, bytes } = found
  const round = new HeldRound(memory.blockOf(bytes))
  round.sequence = decoded.sequence
  round.previous = decoded.previous
  round.totalBytes = decoded.totalBytes
  const target = { engine, round, logger: host.logger, hasGaps: hasGaps(), skipped }
  let at = ROUND_HEADER_BYTES
  for (const entry of decoded.items) {
    const batches = bytes.subarray(at, at + entry.lengthBytes)
    at += entry.lengthBytes
    if (!isWanted(entry)) continue
    let log = findLog(host, entry)
    const parts = log?.parts
    if (log !== undefined && parts?.isUnsettled === true) {
      const isReadable = await whileReadable(log, host, () => settle(parts, entry, beginsLogs))
      if (!isReadable) log = undefined
    }
    const isTaken = log !== undefined && replayEntry(log, entry, batches, target)
    if (log === undefined) seen.unknown += 1
    if (isTaken) {
      seen.entries += 1
      seen.bytes += entry.lengthBytes
    } else seen.skipped += 1
  }
  adopt(round, positionBytes)
}

/** Of a log without a folder the ring has all when it has the first record ever. */
function findLog(host: EngineHost, entry: RoundEntry): PartitionLog | undefined {
  const { topicId, partition, baseOffset } = entry
  const log = host.find(topicId.toString('latin1'), partition)
  return log === undefined && baseOffset === 0 ? host.bringBack(topicId, partition) : log
}

/** @returns false when the log went with its dir */
async function whileReadable(
  log: PartitionLog,
  host: EngineHost,
  action: () => Promise<void>,
): Promise<boolean> {
  try {
    await action()
    return true
  } catch (error) {
    host.unreadable(log, error)
    return false
  }
}

/** The first entry of a log that the last checkpoint does not name. */
async function settle(parts: LogParts, entry: RoundEntry, beginsLogs: boolean): Promise<void> {
  const { segmentBaseOffset, baseOffset } = entry
  const isFirst = entry.positionBytes === 0 && segmentBaseOffset === baseOffset
  // whatever became of its segments: the first may have been deleted, and others lost with power
  const isWhole = baseOffset === 0 || parts.segments.first?.baseOffset === baseOffset
  if (beginsLogs && isFirst && isWhole) await beginAnew(parts, baseOffset)
  else await lookInto(parts)
}
