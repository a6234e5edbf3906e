import { formatBytes } from '@pafka/base'
import { type JournalStatus, type MappedDir, NEVER } from '@pafka/log'

import { NO_POWER_CUT } from './storage-warnings.ts'

/** What a first look at a running broker wants to know. */
export interface BannerFacts {
  readonly version: string
  /** `host:port` of every listener, as somebody on this machine reaches it. */
  readonly addresses: readonly string[]
  readonly clusterId: string
  readonly dirs: readonly string[]
  /** Undefined where the file system does not say. */
  readonly freeBytes: number | undefined
  /** `flush.messages` in force where no topic says otherwise. */
  readonly flushMessages: number
  /** `flush.ms` in force where no topic says otherwise; infinite without one. */
  readonly flushMs: number
  /** How the journal writes; undefined without a journal. */
  readonly journal: JournalStatus['io'] | undefined
  /** Log dirs, and the journal's, on persistent memory. */
  readonly mappedDirs: readonly MappedDir[]
  /** Of the log dirs and the journal's: those that are gone with the power. */
  readonly foldersInMemory: readonly string[]
  readonly topics: number
  readonly startMs: number
  /** How this process was called: `npx @pafka/broker`. */
  readonly command: string
}

/** A few lines for people: where it listens, where data lies, what an ack means, what to try. */
export function banner(facts: BannerFacts): string {
  const free = facts.freeBytes === undefined ? '' : `, ${formatBytes(facts.freeBytes)} free`
  const topics = `${facts.topics} ${facts.topics === 1 ? 'topic' : 'topics'}`
  return [
    `Pafka ${facts.version} listening on ${facts.addresses.join(', ')}`,
    `  data  ${facts.dirs.join(', ')} (${topics}${free})`,
    `  ack   ${ackMeaning(facts)}`,
    `  try   ${facts.command} --try ${facts.addresses[0] ?? 'localhost:9092'}`,
    `  ready after ${Math.round(facts.startMs)} ms; stop with Ctrl+C`,
  ].join('\n')
}

function ackMeaning(facts: BannerFacts): string {
  const { flushMessages, flushMs, journal, foldersInMemory } = facts
  if (foldersInMemory.length > 0) {
    const are = foldersInMemory.length === 1 ? 'is' : 'are'
    const folders = foldersInMemory.join(', ')
    return `${NO_POWER_CUT}: ${folders} ${are} in memory`
  }
  const isRelaxed = flushMessages < NEVER || flushMs < NEVER
  const isStored = facts.mappedDirs.length > 0 && (journal === undefined || !isRelaxed)
  if (isStored) return mappedMeaning(facts.mappedDirs)
  if (flushMessages === 1 || (journal !== undefined && !isRelaxed)) {
    if (journal === undefined) return 'survives a power cut: written and synced to the device first'
    const way = journal === 'direct' ? 'direct I/O' : 'buffered I/O and a sync: no direct I/O here'
    return `survives a power cut: in the journal first (${way})`
  }
  if (journal !== undefined) return 'survives the end of this process: in the journal, synced later'
  return (
    'survives the end of this process: written to the operating system first. ' +
    'For power cuts too: --override log.channel.type=journal'
  )
}

function mappedMeaning(dirs: readonly MappedDir[]): string {
  const unsafe = dirs.find(({ isPowerSafe }) => !isPowerSafe)
  if (unsafe === undefined) return 'survives a power cut: in persistent memory first'
  return `survives the end of this process; a power cut perhaps: ${unsafe.dir} has ${unsafe.why}`
}
