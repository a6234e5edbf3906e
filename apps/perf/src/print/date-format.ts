import { ConfigError } from '@pafka/base'

/** A time as text. @param ms since the epoch */
export type DateFormat = (ms: number) => string

type Field = (date: Date, length: number) => string

const DAY_MS = 86_400_000
/** From so many letters on a name is written out. */
const LONG = 4
/** None of them knows the short names of all time zones. */
const ENGLISH = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'en-CA'] as const
const PIECES = /''|'(?<quoted>(?:[^']|'')+)'|(?<letter>[A-Za-z])\k<letter>*|'/gu

/** Weeks are those of the United States: they begin with Sunday, the first one on January 1. */
const FIELDS: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['G', () => 'AD'],
  ['y', (date, length) => yearText(date, length)],
  ['Y', (date, length) => yearText(endOfWeek(date), length)],
  ['M', monthText],
  ['L', monthText],
  ['w', (date, length) => digits(Math.floor(dayOfYear(endOfWeek(date)) / 7) + 1, length)],
  ['W', (date, length) => digits(weekOfMonth(date), length)],
  ['D', (date, length) => digits(dayOfYear(date) + 1, length)],
  ['d', (date, length) => digits(date.getDate(), length)],
  ['F', (date, length) => digits(Math.ceil(date.getDate() / 7), length)],
  ['E', (date, length) => nameOf(date, 'weekday', length)],
  ['u', (date, length) => digits(date.getDay() || 7, length)],
  ['a', (date) => (date.getHours() < 12 ? 'AM' : 'PM')],
  ['H', (date, length) => digits(date.getHours(), length)],
  ['k', (date, length) => digits(date.getHours() || 24, length)],
  ['K', (date, length) => digits(date.getHours() % 12, length)],
  ['h', (date, length) => digits(date.getHours() % 12 || 12, length)],
  ['m', (date, length) => digits(date.getMinutes(), length)],
  ['s', (date, length) => digits(date.getSeconds(), length)],
  ['S', (date, length) => digits(date.getMilliseconds(), length)],
  ['z', zoneName],
  ['Z', (date) => offsetText(date, '')],
  ['X', isoOffset],
])

/**
 * @param pattern in the letters of Java's SimpleDateFormat; names are English, times local
 * @throws {ConfigError} when it has others
 */
export function dateFormatOf(pattern: string): DateFormat {
  let problem: string | undefined
  const parts: (string | ((date: Date) => string))[] = []
  let end = 0
  for (const { 0: text, index, groups } of pattern.matchAll(PIECES)) {
    parts.push(pattern.slice(end, index))
    end = index + text.length
    const { quoted, letter = '' } = groups ?? {}
    const field = FIELDS.get(letter)
    if (text === "''") parts.push("'")
    else if (quoted !== undefined) parts.push(quoted.replaceAll("''", "'"))
    else if (text === "'") problem ??= 'a quote is not closed'
    else if (field === undefined) problem ??= `${letter} is no letter of it`
    else if (letter === 'X' && text.length > 3) problem ??= 'at most three X'
    else parts.push((date) => field(date, text.length))
  }
  parts.push(pattern.slice(end))
  if (problem !== undefined) {
    const known = `it has ${[...FIELDS.keys()].join('')}, and others in quotes, as 'at'`
    throw new ConfigError([`--date-format: ${pattern}: ${problem}; ${known}`])
  }
  return (ms) => {
    const date = new Date(ms)
    return parts.map((part) => (typeof part === 'string' ? part : part(date))).join('')
  }
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0')
}

function yearText(date: Date, length: number): string {
  const text = digits(date.getFullYear(), length)
  return length === 2 ? text.slice(-2) : text
}

function monthText(date: Date, length: number): string {
  return length < 3 ? digits(date.getMonth() + 1, length) : nameOf(date, 'month', length)
}

function nameOf(date: Date, what: 'month' | 'weekday', length: number): string {
  return date.toLocaleDateString('en-US', { [what]: length < LONG ? 'short' : 'long' })
}

/** Its Saturday. */
function endOfWeek(date: Date): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 6 - date.getDay())
}

/** From 0 on. */
function dayOfYear(date: Date): number {
  const year = date.getFullYear()
  return (Date.UTC(year, date.getMonth(), date.getDate()) - Date.UTC(year, 0, 1)) / DAY_MS
}

function weekOfMonth(date: Date): number {
  const saturday = date.getDate() + 6 - date.getDay()
  return Math.ceil(saturday / 7)
}

function zoneName(date: Date, length: number): string {
  const timeZoneName = length < LONG ? 'short' : 'long'
  for (const locale of ENGLISH) {
    const parts = new Intl.DateTimeFormat(locale, { timeZoneName }).formatToParts(date)
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
    if (/^[^+\d-]+$/u.test(name)) return name
  }
  return `GMT${offsetText(date, ':')}`
}

function isoOffset(date: Date, length: number): string {
  if (date.getTimezoneOffset() === 0) return 'Z'
  const text = offsetText(date, length === 3 ? ':' : '')
  return length === 1 ? text.slice(0, 3) : text
}

/** `+0100`. */
function offsetText(date: Date, between: string): string {
  const minutes = -date.getTimezoneOffset()
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${minutes < 0 ? '-' : '+'}${digits(hours, 2)}${between}${digits(rest, 2)}`
}
