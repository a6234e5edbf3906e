import { ConfigError, nearestName } from '@pafka/base'
import { isMap, isScalar, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml'

/** A file of some twenty short lines, and its licence. */
export const MOST_WORKLOAD_CHARACTERS = 65_536

/** What a number must be. Without `unsaid` the field must be there. */
export interface NumberBounds {
  /** Inclusive. */
  readonly from: number
  /** Inclusive. */
  readonly to: number
  readonly unsaid?: number
}

/** The fields of a YAML mapping, with the line of each; remembers what was asked for, and wrong. */
export class WorkloadFields {
  readonly #problems: { readonly line: number; readonly text: string }[] = []
  readonly #pairs = new Map<string, Pair>()
  readonly #asked = new Set<string>()
  readonly #lines = new LineCounter()

  /** @throws {ConfigError} when it is no mapping */
  constructor(text: string) {
    for (const pair of this.#mappingOf(text).items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
      this.#pairs.set(key, pair)
    }
  }

  #mappingOf(text: string): YAMLMap {
    if (text.length > MOST_WORKLOAD_CHARACTERS) {
      const { length } = text
      throw new ConfigError([`a workload of ${length} characters, of ${MOST_WORKLOAD_CHARACTERS}`])
    }
    const { contents, errors } = parseDocument(text, {
      ...{ lineCounter: this.#lines, prettyErrors: false, logLevel: 'error' },
    })
    const [first] = errors // the others mostly follow from it
    if (first !== undefined) {
      const isDeep = first.message.includes('call stack') // the parser is recursive, and says so
      const problem = isDeep ? 'nested too deep' : first.message
      throw new ConfigError([`line ${this.#lineAt(first.pos[0])}: ${problem}`])
    }
    if (isMap(contents)) return contents
    throw new ConfigError(['a workload is a mapping of fields, as `topics: 1`'])
  }

  has(name: string): boolean {
    return this.#pairs.has(name)
  }

  get areSound(): boolean {
    return this.#problems.length === 0
  }

  /** @param name of a field, whose line is told */
  complain(name: string, problem: string): void {
    const line = this.#lineOf(name)
    const where = line === undefined ? '' : `line ${line}: `
    const text = `${where}${shortened(name)}: ${problem}`
    this.#problems.push({ line: line ?? Number.MAX_SAFE_INTEGER, text })
  }

  text(name: string, unsaid?: { readonly unsaid: undefined }): string | undefined {
    const value = this.#value(name)
    if (value === undefined && unsaid !== undefined) return undefined
    // A name such as `1` or `2026` is a number to YAML.
    const text = typeof value === 'number' ? this.#source(name) : value
    if (typeof text === 'string' && text.trim() !== '') return text
    this.complain(name, value === undefined ? 'is missing' : `${shown(value)} is no text`)
    return undefined
  }

  flag(name: string): boolean {
    const value = this.#value(name)
    if (value === undefined || typeof value === 'boolean') return value === true
    this.complain(name, `${shown(value)} is neither true nor false`)
    return false
  }

  /** The first one where the file says nothing. */
  oneOf<T extends string>(name: string, values: readonly [T, ...T[]]): T {
    const value = this.#value(name)
    const found = values.find((one) => one === value)
    if (value !== undefined && found === undefined) {
      this.complain(name, `${shown(value)} is none of ${values.join(', ')}`)
    }
    return found ?? values[0]
  }

  number(name: string, bounds: NumberBounds): number {
    return this.#number(name, bounds, 'number')
  }

  whole(name: string, bounds: NumberBounds): number {
    return this.#number(name, bounds, 'whole number')
  }

  /** Complains of fields that nobody asked for. */
  refuseOthers(): void {
    for (const name of this.#pairs.keys()) {
      if (this.#asked.has(name)) continue
      this.complain(name, `no field of a workload; did you mean ${this.#nearest(name)}?`)
    }
  }

  /** @throws {ConfigError} with all that is wrong */
  end(): void {
    if (this.areSound) return
    const inOrder = this.#problems.toSorted((one, other) => one.line - other.line)
    throw new ConfigError(inOrder.map(({ text }) => text))
  }

  /** `partitions` is many letters from `partitionsPerTopic`, and means it. */
  #nearest(name: string): string | undefined {
    const written = shortened(name).toLowerCase()
    const having = [...this.#asked].find((field) => field.toLowerCase().includes(written))
    return having ?? nearestName(written, this.#asked)
  }

  #number(name: string, { from, to, unsaid }: NumberBounds, kind: string): number {
    const value = this.#value(name)
    if (value === undefined && unsaid !== undefined) return unsaid
    const isNumber = typeof value === 'number' && value >= from && value <= to
    if (isNumber && (kind === 'number' || Number.isInteger(value))) return value
    const what = value === undefined ? 'is missing, a' : `${shown(value)} is no`
    this.complain(name, `${what} ${kind} from ${from} to ${to}`)
    return from
  }

  /** Undefined where it is not said; the node itself where it is no scalar. */
  #value(name: string): unknown {
    this.#asked.add(name)
    const node = this.#pairs.get(name)?.value
    return isScalar(node) ? (node.value ?? undefined) : (node ?? undefined)
  }

  #source(name: string): string | undefined {
    const node = this.#pairs.get(name)?.value
    return isScalar(node) ? node.source : undefined
  }

  #lineOf(name: string): number | undefined {
    const key = this.#pairs.get(name)?.key
    return isScalar(key) && key.range ? this.#lineAt(key.range[0]) : undefined
  }

  #lineAt(position: number): number {
    return this.#lines.linePos(position).line
  }
}

/** Of what was written, enough to find it. */
function shown(value: unknown): string {
  if (typeof value === 'number') return String(value) // JSON has no NaN
  return typeof value === 'object' ? 'a list or mapping' : shortened(JSON.stringify(value))
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text
}
