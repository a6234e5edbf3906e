import type { Finding } from './finding.ts'
import type { MachineFacts } from './machine-facts.ts'
import type { Measured } from './measure-path.ts'
import type { PathFacts } from './path-facts.ts'
import type { Medium } from './tier-fit.ts'

/** What mapping a file told. */
export interface MappedMedium {
  /** Mapped memory is the medium itself. */
  readonly isDax: boolean
  readonly isPowerSafe: boolean
  /** One sentence. */
  readonly why: string
}

/** A path that can be used. */
export interface CheckedPath extends PathFacts {
  readonly isInMemory: boolean
  /** Absent where files are not mapped. */
  readonly mapped?: MappedMedium
  readonly measured: Measured
  /** Of `storage.tiers.types`; absent for a file system in memory. */
  readonly tier?: Medium
}

/** One that cannot. */
export interface RefusedPath {
  readonly path: string
  readonly error: string
}

/** What `--json` prints. Keys are added, never renamed. */
export interface CheckReport {
  readonly machine: MachineFacts
  readonly paths: readonly (CheckedPath | RefusedPath)[]
  readonly findings: readonly Finding[]
}

export function isRefused(path: CheckedPath | RefusedPath): path is RefusedPath {
  return 'error' in path
}
