import type { logLevel } from './enums.ts'

export interface LoggerEntryContent {
  readonly timestamp: string
  readonly message: string
  // oxlint-disable-next-line typescript/no-explicit-any -- as programs have been written for it
  [key: string]: any
}

export interface LogEntry {
  namespace: string
  level: logLevel
  label: string
  log: LoggerEntryContent
}

export type logCreator = (level: logLevel) => (entry: LogEntry) => void

export type Logger = {
  info: (message: string, extra?: object) => void
  error: (message: string, extra?: object) => void
  warn: (message: string, extra?: object) => void
  debug: (message: string, extra?: object) => void

  namespace: (namespace: string, level?: logLevel) => Logger
  setLogLevel: (level: logLevel) => void
}
