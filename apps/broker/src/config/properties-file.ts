/** One `key=value` of a properties file, unescaped. */
export interface Property {
  readonly key: string
  readonly value: string
  /** Where it begins, from 1. */
  readonly line: number
}

export interface PropertiesFile {
  readonly properties: readonly Property[]
  /** What could not be read, each with its line. */
  readonly problems: readonly { readonly line: number; readonly problem: string }[]
}

interface LogicalLine {
  readonly text: string
  readonly line: number
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }
const UNICODE_DIGITS = 4

/**
 * Reads Java's properties format, as the class comment of `java.util.Properties.load` has it:
 * `#` and `!` comments, `=`, `:` or space after the key, a backslash at a line's end goes on with
 * the next line, `\t \n \r \f \uXXXX` escapes, any other escaped character stands for itself.
 */
export function parseProperties(text: string): PropertiesFile {
  const properties: Property[] = []
  const problems: { line: number; problem: string }[] = []
  for (const { text: content, line } of logicalLines(text)) {
    const keyEnd = endOfKey(content)
    const key = unescape(content.slice(0, keyEnd))
    const value = unescape(content.slice(startOfValue(content, keyEnd)))
    if (key === undefined || value === undefined) {
      problems.push({ line, problem: 'a \\u escape needs four hexadecimal digits' })
    } else {
      properties.push({ key, value, line })
    }
  }
  return { properties, problems }
}

/** Joins continued lines and drops comments and empty ones. */
function* logicalLines(text: string): Generator<LogicalLine> {
  let joined = ''
  let first = 0
  let number = 0
  for (const natural of text.split(/\r\n|\r|\n/)) {
    number += 1
    const content = natural.replace(/^[ \t\f]+/, '')
    if (joined === '') {
      if (content === '' || content.startsWith('#') || content.startsWith('!')) continue
      first = number
    }
    if (endsWithBackslash(content)) {
      joined += content.slice(0, -1)
      continue
    }
    yield { text: joined + content, line: first }
    joined = ''
  }
  if (joined !== '') yield { text: joined, line: first }
}

/** True for an odd number of them: an even one is backslashes that were escaped. */
function endsWithBackslash(line: string): boolean {
  const count = line.length - line.replace(/\\+$/, '').length
  return count % 2 === 1
}

function endOfKey(line: string): number {
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? ''
    if (character === '\\') at += 1
    else if ('=: \t\f'.includes(character)) return at
  }
  return line.length
}

function startOfValue(line: string, keyEnd: number): number {
  const separator = /^[ \t\f]*[=:]?[ \t\f]*/.exec(line.slice(keyEnd))
  return keyEnd + (separator?.[0].length ?? 0)
}

/** @returns undefined for a `\u` that four hexadecimal digits do not follow. */
function unescape(text: string): string | undefined {
  if (!text.includes('\\')) return text
  let plain = ''
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '\\') {
      plain += text[at]
      continue
    }
    at += 1
    const escaped = text[at] ?? ''
    if (escaped === 'u') {
      const digits = text.slice(at + 1, at + 1 + UNICODE_DIGITS)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined
      plain += String.fromCharCode(Number.parseInt(digits, 16))
      at += UNICODE_DIGITS
    } else {
      plain += ESCAPES[escaped] ?? escaped
    }
  }
  return plain
}
