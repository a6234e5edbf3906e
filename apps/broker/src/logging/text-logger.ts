import type { Clock, LogFields, Logger } from '@pafka/base'

import { isLogged, type LogLevel } from './log-level.ts'

export interface TextLoggerOptions {
  readonly clock: Clock
  readonly level: LogLevel
  /** Gets whole lines, each with its end. */
  readonly write: (line: string) => void
}

/** A value longer than this is cut: some come from clients, which may send 32 KB of name. */
const MAX_VALUE_CHARACTERS = 400
const MAX_CAUSE_CHARACTERS = 8000
const LEVEL_WIDTH = 5
const PLAIN = /^[\w.,:;/@+*()[\]-]+$/

/** One line for people an event: `2026-11-21 10:15:02.123 info  broker-started port=9092`. */
export function createTextLogger({ clock, level, write }: TextLoggerOptions): Logger {
  const log = (name: LogLevel, event: string, fields: LogFields | undefined): void => {
    if (!isLogged(name, level)) return
    const time = new Date(clock.nowMs()).toISOString().replace('T', ' ').replace('Z', '')
    write(`${time} ${name.padEnd(LEVEL_WIDTH)} ${event}${fieldsText(fields)}\n`)
  }
  return {
    debug: (event, fields) => log('debug', event, fields),
    info: (event, fields) => log('info', event, fields),
    warn: (event, fields) => log('warn', event, fields),
    error: (event, fields) => log('error', event, fields),
  }
}

function fieldsText(fields: LogFields = {}): string {
  let text = ''
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || name === 'cause') continue
    text += ` ${name}=${typeof value === 'string' ? stringText(value) : String(value)}`
  }
  return text + causeText(fields['cause'])
}

/** Anything but a plain word is quoted, so that no value can pass for a field or a line. */
function stringText(value: string): string {
  const isLong = value.length > MAX_VALUE_CHARACTERS
  const shown = isLong ? `${value.slice(0, MAX_VALUE_CHARACTERS)}...` : value
  return PLAIN.test(shown) ? shown : quote(shown)
}

/** A cause of several lines, a stack, stands indented below its event. */
function causeText(cause: LogFields[string]): string {
  if (cause === undefined) return ''
  const lines = String(cause)
    .slice(0, MAX_CAUSE_CHARACTERS)
    .split(/\r\n|\r|\n/)
  if (lines.length === 1) return ` cause=${stringText(lines[0] ?? '')}`
  return lines.map((line) => `\n    ${withoutControls(line)}`).join('')
}

function quote(value: string): string {
  return withoutControls(JSON.stringify(value))
}

/** Terminals obey control characters, C1 among them, which JSON leaves as they are. */
function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}
