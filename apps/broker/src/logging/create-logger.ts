import type { Clock, Logger } from '@pafka/base'

import { createJsonLogger } from './json-logger.ts'
import type { LogLevel } from './log-level.ts'
import { createTextLogger } from './text-logger.ts'

export interface LoggerOptions {
  readonly clock: Clock
  readonly level: LogLevel
  /** One JSON object a line, for a collector; else a line for people. */
  readonly json: boolean
  /** Gets whole lines, each with its end. */
  readonly write: (line: string) => void
}

/** The log of a broker that is a process of its own. */
export async function createLogger({ json, ...options }: LoggerOptions): Promise<Logger> {
  return json ? createJsonLogger(options) : createTextLogger(options)
}
