import type { Clock } from '@pafka/base'
import type { RE2JS } from 're2js'

import { compilePattern } from '../config/linear-pattern.ts'
import type { TopicsView } from './topics-view.ts'

/** Patterns whose topics are known at once; the one used longest ago is forgotten. */
const MAX_PATTERNS = 1000
/** Names are looked at for so long in one turn of the event loop. */
const TURN_MS = 5

/** A pattern, and the topics it was tried on. */
class KnownPattern {
  readonly regex: RE2JS
  readonly verdicts: Map<string, boolean> = new Map()

  constructor(regex: RE2JS) {
    this.regex = regex
  }
}

/** Why a pattern cannot be used, for people; null when it can. */
export type PatternProblem = string | null

export interface TopicPatternsOptions {
  readonly topics: TopicsView
  readonly clock: Clock
  /** Goes on in a later turn of the event loop. */
  readonly later?: ((work: () => void) => void) | undefined
}

/**
 * What topics patterns mean, in Google's RE2 as in Kafka. It takes linear time, so that no pattern
 * can hold up the broker; many names are looked at over many turns of the event loop.
 */
export class TopicPatterns {
  readonly #topics: TopicsView
  readonly #clock: Clock
  readonly #later: (work: () => void) => void
  /** In the order of their use. */
  readonly #known = new Map<string, KnownPattern>()
  #running: Promise<void> | null = null
  #version = 0

  constructor({ topics, clock, later = (work) => void setImmediate(work) }: TopicPatternsOptions) {
    this.#topics = topics
    this.#clock = clock
    this.#later = later
  }

  /** Rises when `matching` may have another answer. */
  get version(): number {
    return this.#version
  }

  /** Learns what topics the pattern means. */
  async prepare(pattern: string): Promise<PatternProblem> {
    const known = this.#known.get(pattern)
    if (known !== undefined) {
      this.#use(pattern, known)
      await this.#running // it may be new, and its topics not all tried
      return null
    }
    const problem = await this.#learn(pattern)
    if (problem === null) await this.#tryAll()
    return problem
  }

  /** Topics have come or gone. */
  topicsChanged(): void {
    if (this.#known.size > 0) void this.#tryAll()
  }

  /**
   * @returns names, sorted, as far as topics were tried yet; undefined when the pattern is not
   *   known. It is learned then, and `version` rises.
   */
  matching(pattern: string): readonly string[] | undefined {
    const known = this.#known.get(pattern)
    if (known === undefined) {
      void this.prepare(pattern)
      return undefined
    }
    this.#use(pattern, known)
    const names: string[] = []
    for (const { name } of this.#topics.all())
      if (known.verdicts.get(name) === true) names.push(name)
    return names.toSorted()
  }

  async #learn(pattern: string): Promise<PatternProblem> {
    const compiled = await compilePattern(pattern)
    if (typeof compiled === 'string') return compiled
    this.#use(pattern, new KnownPattern(compiled))
    return null
  }

  #use(pattern: string, known: KnownPattern): void {
    this.#known.delete(pattern)
    this.#known.set(pattern, known)
    if (this.#known.size <= MAX_PATTERNS) return
    const [oldest] = this.#known.keys()
    if (oldest !== undefined) this.#known.delete(oldest)
  }

  /** Tries every topic on every pattern that was not tried; what comes meanwhile is tried too. */
  #tryAll(): Promise<void> {
    this.#running ??= new Promise<void>((resolve) => {
      const turn = (): void => {
        if (this.#tryForATurn()) {
          this.#running = null
          this.#version += 1
          resolve()
        } else {
          this.#later(turn)
        }
      }
      this.#later(turn)
    })
    return this.#running
  }

  /** @returns whether nothing is left to try. */
  #tryForATurn(): boolean {
    const endMs = this.#clock.monotonicMs() + TURN_MS
    const topics = this.#topics.all()
    for (const { regex, verdicts } of this.#known.values()) {
      for (const { name } of topics) {
        if (verdicts.has(name)) continue
        verdicts.set(name, regex.matches(name))
        if (this.#clock.monotonicMs() > endMs) return false
      }
      forgetGone(verdicts, topics.length, (name) => this.#topics.byName(name) !== undefined)
    }
    return true
  }
}

function forgetGone(
  verdicts: Map<string, boolean>,
  topics: number,
  isThere: (name: string) => boolean,
): void {
  if (verdicts.size <= topics) return
  for (const name of verdicts.keys()) if (!isThere(name)) verdicts.delete(name)
}
