/** As `ErrorOptions` of ES2022, which programs compiled for less do not have. */
interface CauseOptions {
  readonly cause?: unknown
}

/** Root of every error this project throws. `code` is a stable string; `message` may change. */
export class PafkaError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: CauseOptions) {
    super(message, options)
    this.code = code
    this.name = new.target.name
  }
}

/** A bug of ours. The process must stop: nothing after it can be trusted. */
export class InvariantViolation extends PafkaError {
  constructor(message: string, options?: CauseOptions) {
    super('INVARIANT_VIOLATION', message, options)
  }
}

/** Bytes that are not what their format says. From a socket, the connection closes. */
export class DecodeError extends PafkaError {
  constructor(message: string, options?: CauseOptions) {
    super('DECODE_ERROR', message, options)
  }
}

/** A disk that failed or lied. Fails the log dir it names. */
export class StorageError extends PafkaError {
  constructor(message: string, options?: CauseOptions) {
    super('STORAGE_ERROR', message, options)
  }
}

/** Everything that is wrong with a configuration, at once. */
export class ConfigError extends PafkaError {
  readonly problems: readonly string[]

  constructor(problems: readonly string[], options?: CauseOptions) {
    super('CONFIG_ERROR', problems.join('\n'), options)
    this.problems = problems
  }
}

/**
 * `code` of a Node system error (`ENOSPC`, `EIO`, ...), or undefined for anything else. Does not
 * ask for an `Error`: under jest, what Node throws is one of another realm.
 */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What whatever was thrown says; the text of it where it is no error. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
