/** Values a log line may carry; a bigint or an object is the caller's to format. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** A line is an event name (kebab-case, constant) plus fields. Never called per record. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields & { readonly cause?: string }): void
}

/** Says nothing: the default of everything that can be embedded. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
}
