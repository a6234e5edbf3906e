import type { TopicMetadata } from '../cluster/cluster-metadata.ts'
import type { MetadataKeeper } from '../cluster/metadata-keeper.ts'
import { Checks } from '../options/checks.ts'
import type { Topic, TopicPattern } from '../topic.ts'

/** What a consumer may be given. */
export type Subscribable<K, V> = string | RegExp | Topic<K, V> | TopicPattern<K, V>

/** The flags that RE2, which brokers match by, knows too. */
const RE2_FLAGS = /[ims]/gu
/** Where the search begins is of no meaning for a name; `u` and `v` do not change what is found. */
const HARMLESS_FLAGS = /^[imsuvd]*$/u

/** The topics that a group is to read: by their names, and by patterns of names. */
export class Subscription<K, V> {
  readonly names: readonly string[]
  readonly #topics: ReadonlyMap<string, Topic<K, V>>
  readonly #patterns: readonly TopicPattern<K, V>[]

  /** @throws {ConfigError} */
  constructor(given: readonly (Topic<K, V> | TopicPattern<K, V>)[]) {
    const topics = given.filter((one) => 'name' in one)
    this.#topics = new Map(topics.map((one) => [one.name, one]))
    this.names = [...this.#topics.keys()]
    this.#patterns = given.filter((one) => 'pattern' in one)
    const checks = new Checks()
    checks.check(given.length > 0, 'topics: there is at least one')
    for (const name of this.names) checks.topicName(name)
    for (const { pattern } of this.#patterns) {
      const isHarmless = HARMLESS_FLAGS.test(pattern.flags)
      checks.check(isHarmless, `topics: ${String(pattern)} must have neither flag g nor y`)
    }
    checks.done()
  }

  get hasPatterns(): boolean {
    return this.#patterns.length > 0
  }

  /**
   * All patterns as one of RE2, which has to match a whole name; undefined where there is none.
   * What RE2 does not know (a lookahead, a reference back) is refused by the broker.
   */
  get serverPattern(): string | undefined {
    if (!this.hasPatterns) return undefined
    const any = this.#patterns.map(({ pattern }) => {
      const flags = (pattern.flags.match(RE2_FLAGS) ?? []).join('')
      return flags === '' ? `(?:${pattern.source})` : `(?${flags}:${pattern.source})`
    })
    return `.*(?:${any.join('|')}).*`
  }

  /** What is in a topic. One that only the broker finds by a pattern is as the first of them. */
  contractOf(name: string): Topic<K, V> | undefined {
    const named = this.#topics.get(name)
    if (named !== undefined) return named
    const found = this.#patterns.find(({ pattern }) => pattern.test(name)) ?? this.#patterns[0]
    return found && { name, key: found.key, value: found.value }
  }

  /** The names, and those that the patterns find now. Internal topics are found by no pattern. */
  topicsOf(known: Iterable<TopicMetadata>): string[] {
    const found = new Set(this.names)
    for (const { name, isInternal } of this.hasPatterns ? known : []) {
      if (!isInternal && this.#patterns.some(({ pattern }) => pattern.test(name))) found.add(name)
    }
    return [...found].toSorted()
  }

  /** @returns to be called when that is enough */
  watch(metadata: MetadataKeeper): () => void {
    const ends = this.names.map((name) => metadata.watch(name))
    if (this.hasPatterns) {
      ends.push(metadata.watchAll())
      metadata.refresh().catch(() => metadata.outdated())
    }
    return () => {
      for (const end of ends) end()
    }
  }
}
