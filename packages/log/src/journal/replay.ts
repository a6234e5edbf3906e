import type { BehindQueue } from './behind-queue.ts'
import type { EngineHost } from './engine-host.ts'
import type { Journal } from './journal.ts'
import { type ReplayChannels, replayEntry } from './replay-entry.ts'
import { Round } from './round.ts'
import { ROUND_HEADER_BYTES } from './round-format.ts'
import type { FoundRound, RingScan } from './ring-scan.ts'

export interface ReplayParts {
  readonly engine: ReplayChannels
  readonly journal: Journal
  readonly behind: BehindQueue
  readonly host: EngineHost
}

/**
 * Appends to the logs what the rounds since the last checkpoint have and their files lack: as when
 * the rounds were written, but for the write. They stay in the ring until a checkpoint covers them.
 * @returns what was seen
 */
export async function replayRing(scan: RingScan, parts: ReplayParts): Promise<Seen> {
  const { host, behind, engine } = parts
  const startedMs = host.clock.monotonicMs()
  const seen = { rounds: 0, entries: 0, bytes: 0, skipped: 0, unknown: 0 }
  for (let found = await scan.next(); found !== undefined; found = await scan.next()) {
    seen.rounds += 1
    replayRound(found, parts, seen)
    // as much as producers could have left waiting, not more
    if (behind.pressure >= 1) await behind.drainTo(parts.journal.sequence)
  }
  parts.journal.resume(scan.previous, scan.positionBytes)
  if (seen.rounds === 0) return seen
  const tookMs = Math.round(host.clock.monotonicMs() - startedMs)
  host.logger.info('journal-replayed', { ...seen, tookMs, io: engine.io })
  return seen
}

interface Seen {
  rounds: number
  entries: number
  bytes: number
  skipped: number
  /** Of them, those of logs that are not there. */
  unknown: number
}

function replayRound(found: FoundRound, { engine, journal, host }: ReplayParts, seen: Seen): void {
  const { round: decoded, positionBytes, bytes } = found
  const round = new Round(engine.memory, decoded.totalBytes, decoded.batchBytes)
  round.sequence = decoded.sequence
  round.previous = decoded.previous
  let at = ROUND_HEADER_BYTES
  for (const entry of decoded.items) {
    const batches = bytes.subarray(at, at + entry.lengthBytes)
    at += entry.lengthBytes
    const log = host.find(entry.topicId.toString('base64url'), entry.partition)
    const isTaken =
      log !== undefined && replayEntry(log, entry, batches, { engine, round, logger: host.logger })
    if (log === undefined) seen.unknown += 1
    if (isTaken) {
      seen.entries += 1
      seen.bytes += entry.lengthBytes
    } else seen.skipped += 1
  }
  round.adopted()
  journal.adopt(round, { positionBytes, sizeBytes: decoded.totalBytes })
}
