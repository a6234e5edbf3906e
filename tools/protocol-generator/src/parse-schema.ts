import {
  type Field,
  type MessageSchema,
  type Schema,
  type Struct,
  type VersionRange,
  wireTypeOf,
} from './schema.ts'

interface Line {
  readonly number: number
  /** In steps of two spaces. */
  readonly indent: number
  readonly words: readonly string[]
}

/**
 * Reads one schema file. The format stands in packages/protocol/schemas/README.md.
 * @throws {Error} that names file and line
 */
export function parseSchema(fileName: string, text: string): Schema {
  const cursor = new Cursor(fileName, text)
  const head = cursor.next()
  const [kind, name = ''] = head.words
  const named = { name, about: cursor.about }
  if (kind === 'message') {
    const message = new MessageParser(cursor, name, options(head.words.slice(2))).parse()
    return { kind, ...named, message }
  }
  const headOptions = options(head.words.slice(2))
  if (kind === 'api') {
    const request = section(cursor, 'request', `${name}Request`, headOptions)
    const response = section(cursor, 'response', `${name}Response`, headOptions)
    return { kind, ...named, key: Number(headOptions.get('key')), request, response }
  }
  if (kind !== 'record') throw cursor.error(head, `"${kind}" is not api, record or message`)
  const keyPart = section(cursor, 'key', `${name}Key`)
  const valuePart = section(cursor, 'value', `${name}Value`)
  const recordType = Number(headOptions.get('type'))
  return { kind, ...named, recordType, topic: headOptions.get('topic') ?? '', keyPart, valuePart }
}

type Options = ReadonlyMap<string, string>

/** `versions 4-18 flexible 12+` as pairs. */
function options(words: readonly string[]): Options {
  const pairs = new Map<string, string>()
  for (let at = 0; at < words.length; at += 2) pairs.set(words[at] ?? '', words[at + 1] ?? '')
  return pairs
}

function section(cursor: Cursor, word: string, name: string, inherited?: Options): MessageSchema {
  const line = cursor.next()
  if (line.words[0] !== word) throw cursor.error(line, `expected "${word}"`)
  return new MessageParser(cursor, name, inherited ?? options(line.words.slice(1))).parse()
}

class MessageParser {
  readonly #cursor: Cursor
  readonly #name: string
  readonly #versions: VersionRange
  readonly #flexible: VersionRange | undefined
  readonly #structs = new Map<string, Struct>()

  constructor(cursor: Cursor, name: string, given: Options) {
    this.#cursor = cursor
    this.#name = name
    const all = { first: 0, last: Number.MAX_SAFE_INTEGER }
    this.#versions = parseRange(given.get('versions') ?? '', all)
    const flexible = given.get('flexible')
    this.#flexible = flexible === undefined ? undefined : parseRange(flexible, this.#versions)
  }

  parse(): MessageSchema {
    for (;;) {
      const line = this.#cursor.peek()
      if (line === undefined || line.words[0] !== 'struct' || line.indent !== 1) break
      this.#cursor.next()
      const [, name = '', range] = line.words
      const versions = range === undefined ? this.#versions : parseRange(range, this.#versions)
      this.#addStruct(line, { name, versions, fields: this.#fields(2, versions) })
    }
    const fields = this.#fields(1, this.#versions)
    return {
      name: this.#name,
      versions: this.#versions,
      flexible: this.#flexible,
      fields,
      structs: this.#structs,
    }
  }

  #fields(indent: number, within: VersionRange): Field[] {
    const fields: Field[] = []
    for (;;) {
      const line = this.#cursor.peek()
      if (line === undefined || line.indent < indent) return fields
      if (line.indent > indent) throw this.#cursor.error(line, 'indented too far')
      this.#cursor.next()
      fields.push(this.#field(line, within))
    }
  }

  #field(line: Line, within: VersionRange): Field {
    const [name = '', type = '', ...rest] = line.words
    const array = type.startsWith('[]')
    const typeName = array ? type.slice(2) : type
    const versions = isRange(rest[0]) ? parseRange(rest.shift() ?? '', within) : within
    const wire = wireTypeOf(typeName)
    const next = this.#cursor.peek()
    if (next !== undefined && next.indent > line.indent) {
      if (wire !== undefined) throw this.#cursor.error(next, `${typeName} has no fields`)
      const fields = this.#fields(line.indent + 1, versions)
      this.#addStruct(line, { name: typeName, versions, fields })
    }
    if (wire === undefined && !this.#structs.has(typeName)) {
      throw this.#cursor.error(line, `unknown type ${typeName}`)
    }
    const attributes = this.#attributes(line, rest, versions)
    return { name, array, type: wire ?? 'struct', typeName, versions, ...attributes }
  }

  #attributes(
    line: Line,
    words: string[],
    versions: VersionRange,
  ): Pick<Field, 'nullable' | 'tag' | 'defaultText' | 'inflexible'> {
    let nullable: VersionRange | undefined
    let tag: number | undefined
    let defaultText: string | undefined
    let inflexible = false
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      if (word === 'nullable') {
        nullable = isRange(words[0]) ? parseRange(words.shift() ?? '', versions) : versions
      } else if (word === 'tag') tag = Number(words.shift())
      else if (word === 'default') defaultText = words.shift()
      else if (word === 'inflexible') inflexible = true
      else throw this.#cursor.error(line, `unknown attribute "${word}"`)
    }
    return { nullable, tag, defaultText, inflexible }
  }

  #addStruct(line: Line, struct: Struct): void {
    if (this.#structs.has(struct.name)) throw this.#cursor.error(line, `${struct.name} exists`)
    this.#structs.set(struct.name, struct)
  }
}

/** Lines of one file that say something. */
class Cursor {
  /** The comment at the top. */
  readonly about: readonly string[]
  readonly #fileName: string
  readonly #lines: readonly Line[]
  #at = 0

  constructor(fileName: string, text: string) {
    this.#fileName = fileName
    const raw = text.split('\n')
    const firstOther = raw.findIndex((line) => !line.startsWith('#'))
    this.about = raw.slice(0, firstOther).map((line) => line.replace(/^# ?/, ''))
    this.#lines = raw
      .map((line, index) => ({ number: index + 1, text: line.replace(/#.*/, '').trimEnd() }))
      .filter((line) => line.text !== '')
      .map((line) => ({
        number: line.number,
        indent: (line.text.length - line.text.trimStart().length) / 2,
        words: line.text.trim().split(/\s+/),
      }))
  }

  peek(): Line | undefined {
    return this.#lines[this.#at]
  }

  next(): Line {
    const line = this.#lines[this.#at]
    if (line === undefined) throw new Error(`${this.#fileName}: ends too early`)
    this.#at += 1
    return line
  }

  error(line: Line, problem: string): Error {
    return new Error(`${this.#fileName}:${line.number}: ${problem}`)
  }
}

const RANGE = /^(\d+)(\+|-(\d+))?$/

function isRange(word: string | undefined): word is string {
  return word !== undefined && RANGE.test(word)
}

/** `4-18`, `12+` or `3`, cut to `within`. */
export function parseRange(text: string, within: VersionRange): VersionRange {
  const match = RANGE.exec(text)
  if (match === null) throw new Error(`"${text}" is not a range of versions`)
  const first = Number(match[1])
  const last = match[2] === '+' ? within.last : Number(match[3] ?? match[1])
  return { first: Math.max(first, within.first), last: Math.min(last, within.last) }
}
