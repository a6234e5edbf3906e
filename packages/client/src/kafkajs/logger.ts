import { logLevel } from './enums.ts'
import type { LogEntry, logCreator, Logger } from './logger-types.ts'

/** Programs filter their logs by it. */
const LOGGER_NAME = 'kafkajs'
const LABELS = { info: 'INFO', error: 'ERROR', warn: 'WARN', debug: 'DEBUG' } as const

/** Lines of JSON, by way of the console. */
export const consoleLogCreator: logCreator = () => {
  return ({ namespace, level, label, log }) => {
    const prefix = namespace ? `[${namespace}] ` : ''
    const line = JSON.stringify({ level: label, ...log, message: prefix + log.message })
    writerOf(level)(line)
  }
}

/** @returns a logger without a namespace: it is undefined, whatever the type of entries says */
export function createLogger(level: logLevel, create: logCreator): Logger {
  const wanted = levelOfEnvironment(level) ?? level
  const write = create(wanted)
  let common = wanted
  const named = (namespace: string | undefined, own: logLevel | undefined): Logger => {
    const at =
      (name: keyof typeof LABELS) =>
      (message: string, extra: object = {}) => {
        const label = LABELS[name]
        if (logLevel[label] > (own ?? common)) return
        const timestamp = new Date().toISOString()
        const log = { timestamp, logger: LOGGER_NAME, message, ...extra }
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- programs have this type
        write({ namespace, level: logLevel[label], label, log } as LogEntry)
      }
    return {
      ...{ info: at('info'), error: at('error'), warn: at('warn'), debug: at('debug') },
      namespace: (name, ownLevel) => named(name, levelOfEnvironment(ownLevel) ?? ownLevel),
      setLogLevel: (newLevel) => {
        common = newLevel
      },
    }
  }
  return named(undefined, undefined)
}

/** `KAFKAJS_LOG_LEVEL` counts more than what a program says. */
function levelOfEnvironment(given: logLevel | undefined): logLevel | undefined {
  const name = (process.env['KAFKAJS_LOG_LEVEL'] ?? '').toUpperCase()
  return Object.entries(logLevel).find(([one]) => one === name)?.[1] ?? given
}

function writerOf(level: logLevel): (line: string) => void {
  // oxlint-disable no-console -- programs and their tests expect these lines there
  switch (level) {
    case logLevel.ERROR:
      return console.error
    case logLevel.WARN:
      return console.warn
    case logLevel.INFO:
      return console.info
    default:
      return console.log
  }
  // oxlint-enable no-console
}
