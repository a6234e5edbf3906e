import { bitsHint, parseBytes } from '@pafka/command'

const NAME = /^[a-z0-9][\w.-]{0,59}$/iu
const DATE = /^\d{4}(?:-\d\d(?:-\d\d)?)?$/u
const CONTROL = /\p{Cc}/u
/** What is longer is no sentence that somebody reads in a terminal. */
const MOST_TEXT = 600
/** A petabyte a second, an exabyte stored. */
const MOST_BYTES = 1e18
const MOST_MONEY = 1e12

/**
 * What an object of an input file says, field by field. What is wrong is added to the problems,
 * with its place; a field that must be there and is not reads as something empty.
 */
export class FieldReader {
  /** As problems name it. */
  readonly where: string
  readonly problems: string[]
  readonly #fields: ReadonlyMap<string, unknown>
  readonly #asked = new Set<string>()

  constructor(value: unknown, where: string, problems: string[]) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isObject) problems.push(`${where}: is no object`)
    this.#fields = new Map(isObject ? Object.entries(value) : [])
    this.where = where
    this.problems = problems
  }

  /** Says which fields nobody asked for: a word that is misspelt would change what comes out. */
  end(): void {
    const known = [...this.#asked].join(', ')
    for (const key of this.#fields.keys()) {
      if (!this.#asked.has(key)) this.wrong(`${key} is none of ${known}`)
    }
  }

  wrong(what: string): void {
    this.problems.push(`${this.where}: ${what}`)
  }

  /** Of what others refer to: letters, digits, dots, dashes. */
  name(): string {
    const name = this.text('name')
    if (name !== '' && !NAME.test(name)) {
      this.wrong(`name ${JSON.stringify(name)} is not of letters, digits, dots and dashes`)
    }
    return name
  }

  date(): string | undefined {
    const date = this.optionalText('date')
    if (date !== undefined && !DATE.test(date)) this.wrong(`date ${date} is none, as 2026-11-22`)
    return date
  }

  text(key: string): string {
    const text = this.optionalText(key)
    if (text === undefined) this.wrong(`${key} is missing`)
    return text ?? ''
  }

  optionalText(key: string): string | undefined {
    const value = this.#value(key)
    if (value === undefined) return undefined
    if (typeof value === 'string' && value.trim() !== '' && value.length <= MOST_TEXT) {
      if (!CONTROL.test(value)) return value
    }
    this.wrong(`${key} is no text of one line, of 1 to ${MOST_TEXT} characters`)
    return ''
  }

  /** `2GB/s`, `500GB`. @returns bytes, or bytes a second, above 0 */
  bytes(key: string): number | undefined {
    const value = this.#value(key)
    if (value === undefined) return undefined
    const bytes = typeof value === 'string' ? parseBytes(value) : undefined
    if (bytes !== undefined && bytes >= 1 && bytes <= MOST_BYTES) return bytes
    const said = `${JSON.stringify(value)}, not an amount such as "500MB/s" or "2TB"`
    this.wrong(`${key} is ${said}${typeof value === 'string' ? bitsHint(value) : ''}`)
    return undefined
  }

  /** Of money. */
  amount(key: string): number | undefined {
    const value = this.#value(key)
    if (value === undefined) return undefined
    if (typeof value === 'number' && value >= 0 && value <= MOST_MONEY) return value
    this.wrong(`${key} is ${JSON.stringify(value)}, not a number from 0 on`)
    return undefined
  }

  /** Each of them an object. @param most that anybody means */
  list(key: string, most: number): readonly FieldReader[] {
    const value = this.#value(key)
    if (value === undefined) return []
    if (!Array.isArray(value) || value.length > most) {
      this.wrong(`${key} is no list of at most ${most}`)
      return []
    }
    return value.map((each: unknown, at) => {
      return new FieldReader(each, `${this.where}: ${key}[${at}]`, this.problems)
    })
  }

  #value(key: string): unknown {
    this.#asked.add(key)
    return this.#fields.get(key)
  }
}
