import { messageOf, SECOND_MS } from '@pafka/base'
import { Kafka } from '@pafka/client'

import { LAST_ANSWERS_MS } from '../load/last-answers.ts'
import { kafkaSettings } from '../settings/kafka-settings.ts'
import { PropertyReader } from '../settings/property-reader.ts'
import { type BenchWork, consuming, producing } from './bench-work.ts'
import { type BenchTask, type ClientEnd, type ClientWindow, nowMs } from './messages.ts'

const CLOSE_MS = 5 * SECOND_MS

/** A client of a bench: one producer, or one consumer, of a topic of its own. */
export class BenchClient implements AsyncDisposable {
  readonly #at: number
  readonly #intervalMs: number
  readonly #topic: string
  readonly #kafka: Kafka
  readonly #work: BenchWork
  #problem: string | undefined
  #isGivenUp = false

  /** @param at which of the clients it is. @throws {ConfigError} */
  constructor(task: BenchTask, at: number) {
    this.#at = at
    this.#intervalMs = task.intervalMs
    this.#topic = `${task.topicPrefix}-${at}`
    const read = new PropertyReader(new Map(task.properties))
    this.#kafka = new Kafka(kafkaSettings(read, task.bootstrapServer))
    const parts = { kafka: this.#kafka, read, task, topic: this.#topic, at }
    const told = (problem: string): void => void (this.#problem ??= problem)
    this.#work = task.type === 'producer' ? producing(parts, told) : consuming(parts, told)
  }

  /**
   * Connects, so that this is no part of what is measured.
   * @throws {Error} when there is no such topic, or no broker
   */
  async prepare(): Promise<void> {
    const found = await this.#kafka.admin().topics.find(this.#topic)
    if (found === undefined) throw new Error(`there is no topic ${this.#topic}`)
  }

  /**
   * Never rejects.
   * @param atMs when to begin, by `nowMs`
   * @param tell now and then, and at the end
   */
  async run(
    atMs: number,
    signal: AbortSignal,
    tell: (window: ClientWindow) => void,
  ): Promise<ClientEnd> {
    const { timeOrigin } = performance
    const here = (ms: number | undefined): number | undefined => ms && timeOrigin + ms
    const say = (): void => {
      const times = { beganMs: here(this.#work.beganMs), atMs: nowMs() }
      tell({ client: this.#at, ...this.#work.take(), ...times })
    }
    const timer = setInterval(say, this.#intervalMs)
    let stoppedMs = nowMs()
    signal.addEventListener('abort', () => void (stoppedMs = nowMs()), { once: true })
    try {
      await this.#work.run(atMs - timeOrigin, signal)
    } catch (error) {
      if (!this.#isGivenUp) this.#problem ??= messageOf(error)
    } finally {
      clearInterval(timer)
    }
    // in which it only waited in vain is no time of its work
    const endedMs = this.#isGivenUp ? stoppedMs : nowMs()
    say()
    const { beganMs, joiningMs } = this.#work
    return {
      ...{ client: this.#at, joiningMs, problem: this.#problem, endedMs },
      beganMs: here(beganMs) ?? endedMs,
    }
  }

  /** What has no answer soon is given up; it was told to stop. */
  endSoon(): void {
    setTimeout(() => {
      this.#isGivenUp = true
      this.#kafka.close({ timeoutMs: 0 }).catch(() => {}) // `run` ends by it
    }, LAST_ANSWERS_MS).unref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // what could not be written was told
    await this.#kafka.close({ timeoutMs: CLOSE_MS }).catch(() => {})
  }
}
