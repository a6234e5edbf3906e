import { readFileSync } from 'node:fs'

import { ConfigError, messageOf } from '@pafka/base'

import type { Properties } from './properties.ts'

/** Properties, of which it remembers what was not asked for, and what is wrong. */
export class PropertyReader {
  readonly problems: string[] = []
  readonly #properties: Properties
  readonly #asked = new Set<string>()

  constructor(properties: Properties) {
    this.#properties = properties
  }

  /**
   * @returns the names that nobody asked for
   * @throws {ConfigError} with all that is wrong
   */
  end(): readonly string[] {
    if (this.problems.length > 0) throw new ConfigError(this.problems)
    return [...this.#properties.keys()].filter((name) => !this.#asked.has(name))
  }

  /** As they were given. */
  get all(): Properties {
    return this.#properties
  }

  text(name: string): string | undefined {
    this.#asked.add(name)
    return this.#properties.get(name)
  }

  number(name: string): number | undefined {
    const text = this.text(name)
    const value = Number(text)
    if (text !== undefined && !(value > 0))
      this.problems.push(`${name}: ${text} is no number above 0`)
    return text === undefined ? undefined : value
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const text = this.text(name)
    const found = values.find((value) => value === text)
    if (text !== undefined && found === undefined) {
      this.problems.push(`${name}: ${text} is none of ${values.join(', ')}`)
    }
    return found
  }

  /** What is in a file. */
  pem(name: string): string | undefined {
    const path = this.text(name)
    if (path === undefined) return undefined
    try {
      const text = readFileSync(path, 'utf8')
      if (text.includes('-----BEGIN')) return text
      this.problems.push(`${name}: ${path} is not PEM, which is read here`)
    } catch (error) {
      this.problems.push(`${name}: ${messageOf(error)}`)
    }
    return undefined
  }
}
