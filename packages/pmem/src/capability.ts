import { inspect } from 'node:util'

/** What has to be made durable at a time, as in libpmem2; finer ones cost less. */
export type PersistGranularity = 'byte' | 'cache-line' | 'page'

/** What of the platform keeps its content through a power cut, as the kernel tells it. */
export type PersistenceDomain = 'cpu_cache' | 'memory_controller' | 'unknown'

/** What was found out about a path. */
export interface PmemCapability {
  /** `byte`: a fence is enough. `cache-line`: lines are flushed. `page`: msync. */
  readonly persistGranularity: PersistGranularity
  /** What was persisted outlives a power cut. Only said where it was probed. */
  readonly isPowerSafe: boolean
  /** A page fault makes the file's blocks durable before a store gets through. */
  readonly hasMapSync: boolean
  /** Mapped memory is the medium itself, without a page cache. */
  readonly isDax: boolean
  /** `ext4`, `tmpfs`, or the number of one without a name here. */
  readonly fileSystem: string
  /** How bytes are copied and flushed: `movntdq, clwb`, or `none`. */
  readonly instructions: string
  /** One sentence for people. */
  readonly why: string
}

/** What a probe saw. */
export interface ProbedFacts {
  readonly fileSystem: string
  /** Undefined when MAP_SYNC worked, else the name of the errno. */
  readonly mapSyncError: string | undefined
  /** Undefined when the kernel does not tell. */
  readonly isDax: boolean | undefined
  readonly domain: PersistenceDomain
  readonly copyInstruction: string
  readonly flushInstruction: string
}

const IN_MEMORY = new Set(['tmpfs', 'ramfs'])

type Verdict = Pick<PmemCapability, 'persistGranularity' | 'isPowerSafe' | 'why'>

/** Decides; touches nothing. */
export function capabilityOf(facts: ProbedFacts): PmemCapability {
  const { fileSystem, copyInstruction, flushInstruction } = facts
  const hasMapSync = facts.mapSyncError === undefined && facts.isDax !== false
  return {
    ...verdict(facts, hasMapSync),
    hasMapSync,
    isDax: facts.isDax ?? hasMapSync,
    fileSystem,
    instructions: `${copyInstruction}, ${flushInstruction}`,
  }
}

function verdict(facts: ProbedFacts, hasMapSync: boolean): Verdict {
  const { fileSystem, flushInstruction } = facts
  const mayFlush = flushInstruction !== 'none'
  if (IN_MEMORY.has(fileSystem)) {
    const why = `${fileSystem} is memory that a power cut takes: not power-safe`
    return { persistGranularity: mayFlush ? 'cache-line' : 'page', isPowerSafe: false, why }
  }
  if (!hasMapSync) {
    const refused = facts.mapSyncError ?? 'no DAX'
    const what = `no MAP_SYNC on ${fileSystem} (${refused}), so persist is msync`
    const why = `${what}, and what its device keeps was not probed: not power-safe`
    return { persistGranularity: 'page', isPowerSafe: false, why }
  }
  if (facts.domain === 'cpu_cache') {
    const why = 'MAP_SYNC, and a power cut leaves the processor caches whole: power-safe'
    return { persistGranularity: 'byte', isPowerSafe: true, why }
  }
  if (!mayFlush) {
    const why = 'MAP_SYNC, but this processor cannot flush a line for good: not power-safe'
    return { persistGranularity: 'page', isPowerSafe: false, why }
  }
  if (facts.domain === 'memory_controller') {
    const why = `MAP_SYNC, and what ${flushInstruction} flushed outlives a power cut: power-safe`
    return { persistGranularity: 'cache-line', isPowerSafe: true, why }
  }
  // Memory that was set apart by the kernel's memmap looks like this too.
  const why = 'MAP_SYNC, but the platform does not say what a power cut leaves: not power-safe'
  return { persistGranularity: 'cache-line', isPowerSafe: false, why }
}

/** @throws {RangeError} for anything else, which would be no order to make anything durable */
export function checkGranularity(asked: unknown): asserts asked is PersistGranularity | undefined {
  const known = Object.keys(COARSENESS)
  if (asked === undefined || (typeof asked === 'string' && known.includes(asked))) return
  throw new RangeError(`persistGranularity ${inspect(asked)} is none of ${known.join(', ')}`)
}

const COARSENESS: Readonly<Record<PersistGranularity, number>> = {
  byte: 0,
  'cache-line': 1,
  page: 2,
}

/** As `capability`, with another granularity: a finer one than was probed is not power-safe. */
export function withGranularity(
  capability: PmemCapability,
  asked: PersistGranularity | undefined,
): PmemCapability {
  checkGranularity(asked)
  const { persistGranularity: probed } = capability
  if (asked === undefined || asked === probed) return capability
  const isPowerSafe = capability.isPowerSafe && COARSENESS[asked] > COARSENESS[probed]
  const verdictOn = isPowerSafe ? 'power-safe' : 'not power-safe'
  const why = `granularity ${asked} was asked for, ${probed} was probed: ${verdictOn}`
  return { ...capability, persistGranularity: asked, isPowerSafe, why }
}
