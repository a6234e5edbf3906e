import type { Logger } from '@pafka/base'

/** A logger's failures are no reason for anything else to fail, or to stop half done. */
export function harmlessLogger(logger: Logger): Logger {
  const harmless = (level: keyof Logger): Logger['error'] => {
    return (event, fields) => {
      try {
        logger[level](event, fields)
      } catch {
        // there is nobody to tell
      }
    }
  }
  const [debug, info] = [harmless('debug'), harmless('info')]
  return { debug, info, warn: harmless('warn'), error: harmless('error') }
}
