import { constants } from 'node:os'

/** What an errno of a region means, where its name says too little. */
const MEANINGS: Readonly<Record<string, string>> = {
  EBADF: 'the region is closed, or its memory was transferred',
  EBUSY: 'somebody holds an exclusive lock on the file',
  EFAULT: 'the bytes come from a mapped file that failed',
  EINVAL: 'the file is empty, or not one that can be mapped',
  EIO: 'the file was truncated, or its medium failed',
  EOPNOTSUPP: 'this Node takes no memory that is not its own',
}

/** `code` is the name of an errno: `ENOENT`, `ENOSPC`, `EIO` and so on. */
export class PmemError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'PmemError'
    this.code = code
  }

  /** @param what `persist data/file`; the message goes on with what went wrong. */
  static of(errno: number, what: string): PmemError {
    const code = errnoName(errno)
    return new PmemError(code, `${what}: ${MEANINGS[code] ?? 'failed'} (${code})`)
  }

  /** Runs `action`; an error that Node has a code for comes out as a `PmemError`. */
  static wrap<T>(what: string, action: () => T): T {
    try {
      return action()
    } catch (cause) {
      if (!isSystemError(cause)) throw cause
      throw new PmemError(cause.code, `${what}: ${cause.message}`, { cause })
    }
  }
}

/** Does not ask for an `Error`: under jest, what Node throws is one of another realm. */
function isSystemError(thrown: unknown): thrown is { code: string; message: string } {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'syscall' in thrown
}

/** `EIO` for 5. Of two names for one number the older one, but EOPNOTSUPP as man pages say it. */
function errnoName(errno: number): string {
  if (errno === constants.errno.EOPNOTSUPP) return 'EOPNOTSUPP'
  const found = Object.entries(constants.errno).find(([, number]) => number === errno)
  return found?.[0] ?? `errno ${errno}`
}
