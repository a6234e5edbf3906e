import type { Clock, LogFields, Logger } from '@pafka/base'

import type { LogLevel } from './log-level.ts'

export interface JsonLoggerOptions {
  readonly clock: Clock
  readonly level: LogLevel
  /** Gets whole lines, each with its end. */
  readonly write: (line: string) => void
}

/** One JSON object a line: `level`, `time` (ISO 8601), the event's fields, `event`. */
export async function createJsonLogger(options: JsonLoggerOptions): Promise<Logger> {
  // Only who asks for JSON pays for loading it.
  const { pino } = await import('pino')
  const { clock, level, write } = options
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  return {
    debug: (event, fields: LogFields = {}) => logger.debug(fields, event),
    info: (event, fields: LogFields = {}) => logger.info(fields, event),
    warn: (event, fields: LogFields = {}) => logger.warn(fields, event),
    error: (event, fields: LogFields = {}) => logger.error(fields, event),
  }
}
