import { unreachable } from '@pafka/base'

import type { ConfigValue, KeySpec, ListKey, NumberKey, StringKey } from './key-table.ts'

/** What a text came to: a value, or what is wrong with it, in Kafka's words. */
export type ParsedValue = { readonly value: ConfigValue } | { readonly problem: string }

/** Kafka's Long.MAX_VALUE, 2^63 - 1, which a double holds as 2^63. */
const LONG_MAX_TEXT = '9223372036854775807'
const LONG_LIMIT = 2 ** 63

const INTEGER_RANGE: Readonly<Record<'int' | 'short' | 'long', number>> = {
  short: 2 ** 15,
  int: 2 ** 31,
  long: LONG_LIMIT,
}
const INTEGER = /^[+-]?\d{1,19}$/
const DOUBLE = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/

/** Reads one value as Kafka does: surrounding space does not count. */
export function parseConfigValue(name: string, spec: KeySpec, text: string): ParsedValue {
  const trimmed = text.trim()
  switch (spec.type) {
    case 'boolean':
      return parseBoolean(name, trimmed)
    case 'int':
    case 'short':
    case 'long':
    case 'double':
      return parseNumber(name, spec, trimmed)
    case 'list':
      return parseList(name, spec, trimmed)
    case 'string':
    case 'class':
    case 'password':
      return parseString(name, spec, trimmed)
    default:
      return unreachable(spec)
  }
}

/** Kafka's form of a value, null for one that is not set: what DescribeConfigs answers. */
export function formatConfigValue(value: ConfigValue): string | null {
  if (value === null) return null
  if (value === LONG_LIMIT) return LONG_MAX_TEXT
  if (typeof value === 'number') return String(value).replace('e+', 'E').replace('e', 'E')
  return typeof value === 'object' ? value.join(',') : String(value)
}

/** The range of a key in the form of Kafka's documentation; empty when anything goes. */
export function validRange(spec: KeySpec): string {
  if ('values' in spec && spec.values !== undefined) return `[${spec.values.join(', ')}]`
  if (!('min' in spec || 'max' in spec)) return ''
  const range = [spec.min, '...', spec.max].filter((part) => part !== undefined).join(',')
  return `[${range}]${spec.also === undefined ? '' : ` or ${spec.also}`}`
}

/** The elements of a list: separated by commas, without space around them, none empty. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function invalid(name: string, text: string, why: string): ParsedValue {
  return { problem: `Invalid value ${text} for configuration ${name}: ${why}` }
}

function parseBoolean(name: string, text: string): ParsedValue {
  const lower = text.toLowerCase()
  if (lower === 'true' || lower === 'false') return { value: lower === 'true' }
  return invalid(name, text, 'Expected value to be either true or false')
}

function parseNumber(name: string, spec: NumberKey, text: string): ParsedValue {
  const notNumber = `Not a number of type ${spec.type.toUpperCase()}`
  if (!(spec.type === 'double' ? DOUBLE : INTEGER).test(text)) return invalid(name, text, notNumber)
  const value = Number(text)
  if (spec.type !== 'double') {
    const limit = INTEGER_RANGE[spec.type]
    const exact = BigInt(text.replace('+', ''))
    if (exact < -BigInt(limit) || exact >= BigInt(limit)) return invalid(name, text, notNumber)
  }
  const { min, max, also } = spec
  if (value === also) return { value }
  const [isBelow, isAbove] = [min !== undefined && value < min, max !== undefined && value > max]
  if (!isBelow && !isAbove) return { value }
  const or = also === undefined ? '' : ` or equal to ${also}`
  if (or !== '' && min !== undefined && max !== undefined) {
    return invalid(name, text, `Value must be between ${min} and ${max}${or}`)
  }
  return invalid(
    name,
    text,
    `Value must be ${isBelow ? `at least ${min}` : `no more than ${max}`}${or}`,
  )
}

function parseString(name: string, spec: StringKey, text: string): ParsedValue {
  if (spec.values === undefined || spec.values.includes(text)) return { value: text }
  return invalid(name, text, `String must be one of: ${spec.values.join(', ')}`)
}

function parseList(name: string, spec: ListKey, text: string): ParsedValue {
  const value = splitList(text)
  const allowed = spec.values
  const foreign = allowed === undefined ? undefined : value.find((one) => !allowed.includes(one))
  if (foreign === undefined || allowed === undefined) return { value }
  return invalid(name, foreign, `String must be one of: ${allowed.join(', ')}`)
}
