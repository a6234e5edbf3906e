import { ConfigError } from '@pafka/base'

import { partitionKey, type TopicPartition } from '../cluster/topic-partition.ts'

/** Source: Kafka `Topic.java`. */
const TOPIC_NAME = /^[a-zA-Z0-9._-]{1,249}$/u
const PATHS = ['.', '..']

/** Collects what is wrong with what was given, so that all of it can be told at once. */
export class Checks {
  readonly #problems: string[] = []

  /** @param problem what is wrong unless `isGood` */
  check(isGood: boolean, problem: string): void {
    if (!isGood) this.#problems.push(problem)
  }

  /** A name that is not empty. */
  name(what: string, name: unknown): void {
    this.check(typeof name === 'string' && name !== '', `${what}: ${String(name)} is no name`)
  }

  /** One that Kafka lets a topic have. */
  topicName(name: unknown): void {
    const isGood = typeof name === 'string' && TOPIC_NAME.test(name) && !PATHS.includes(name)
    this.check(isGood, `topics: no topic can have the name ${JSON.stringify(name)}`)
  }

  handler(given: unknown): void {
    this.check(typeof given === 'function', `handler: ${String(given)} is no function`)
  }

  names(what: string, names: readonly unknown[]): void {
    for (const name of names) this.name(what, name)
  }

  /** A whole number, `least` or more. */
  number(what: string, value: unknown, least = 0): void {
    const isGood = Number.isSafeInteger(value) && Number(value) >= least
    this.check(isGood, `${what}: ${String(value)} is no whole number from ${least} on`)
  }

  oneOf(what: string, value: unknown, allowed: readonly string[]): void {
    const isGood = typeof value === 'string' && allowed.includes(value)
    this.check(isGood, `${what}: ${String(value)} is none of ${allowed.join(', ')}`)
  }

  /** Each a partition of a topic, and none twice. */
  partitions(partitions: readonly TopicPartition[]): void {
    const known = new Set<string>()
    for (const one of partitions) {
      const { topic, partition } = one
      this.name('topic', topic)
      this.number(`partition of ${topic}`, partition)
      this.check(!known.has(partitionKey(one)), `${topic}/${partition}: it is there twice`)
      known.add(partitionKey(one))
    }
  }

  /** @throws {ConfigError} with all that is wrong */
  done(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems)
  }
}
