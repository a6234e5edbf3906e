import type { BufferPool, Clock, Logger } from '@pafka/base'

import type { FileSystem } from '../files/file-system.ts'
import type { LogContext } from '../partition/log-context.ts'
import type { ColdReads } from '../read/cold-reads.ts'
import { IndexCache } from '../segment/index-cache.ts'
import type { MovedPlace } from '../segment/moved-segment.ts'
import { OpenFiles } from '../segment/open-files.ts'
import { knownDir, type LogDir, onlineDir } from './log-dir.ts'
import type { ResolvedOptions } from './store-options.ts'

export interface LogContextParts {
  readonly files: FileSystem
  readonly clock: Clock
  readonly logger: Logger
  readonly pool: BufferPool
  readonly cold: ColdReads | undefined
  readonly resolved: ResolvedOptions
  /** Files are mapped where they can be. */
  readonly isMapped: boolean
  readonly dirs: readonly LogDir[]
  readonly unreadable: (dir: LogDir) => void
  readonly mediumFailed: (dir: LogDir, cause: Error) => void
}

/** What logs work with: one for each dir. */
export class LogContexts {
  readonly #parts: LogContextParts
  readonly #openFiles: OpenFiles
  readonly #indexCache: IndexCache
  readonly #contexts = new Map<LogDir, LogContext>()

  constructor(parts: LogContextParts) {
    const { files, resolved, isMapped, clock } = parts
    this.#parts = parts
    this.#openFiles = new OpenFiles(files, resolved.maxOpenFiles, isMapped ? clock : undefined)
    this.#indexCache = new IndexCache(files, resolved.indexCacheBytes)
  }

  of(dir: LogDir): LogContext {
    let context = this.#contexts.get(dir)
    if (context === undefined) this.#contexts.set(dir, (context = this.#new(dir)))
    return context
  }

  #new(place: LogDir): LogContext {
    const { files, clock, logger, pool, cold, dirs, unreadable, mediumFailed } = this.#parts
    const dirAt = (moved: MovedPlace | undefined): LogDir | undefined => {
      return moved === undefined ? place : onlineDir(dirs, moved.directoryId)
    }
    return {
      ...{ files, clock, logger, place, pool, cold },
      isLost: (id) => dirs.some(({ isLost, directoryId }) => isLost && directoryId === id),
      dirPathOf: (directoryId) => onlineDir(dirs, directoryId)?.path,
      knownPathOf: (directoryId) => knownDir(dirs, directoryId)?.path,
      unreadable: (moved) => {
        const dir = dirAt(moved)
        if (dir !== undefined) unreadable(dir)
      },
      mediumFailed: (moved, cause) => {
        const dir = dirAt(moved)
        if (dir !== undefined) mediumFailed(dir, cause)
      },
      openFiles: this.#openFiles,
      indexCache: this.#indexCache,
    }
  }
}
