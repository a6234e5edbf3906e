import { join } from 'node:path'

import { Driver, runConsumer } from '../driver.ts'
import type { InstalledClient } from '../installed-client.ts'
import { base64, type InputRecord, type SeenRecord } from '../record.ts'
import { until } from '../referee/referee.ts'
import type { Arena } from './arena.ts'
import type { Scenario } from './scenario.ts'

const PARTITIONS = 4
const LIMIT_MS = 45_000
const LAST_WORD = 'the-end'

/** Kafka Streams' two ways to share work: its own classic one, and KIP-1071's. */
type StreamsProtocol = 'classic' | 'streams'

/**
 * Kafka Streams counts words exactly once, through a repartition topic and a store with its
 * changelog, and is killed amidst a transaction: whoever reads what is committed sees each word's
 * counts from one to the last, none lost and none twice.
 */
function wordCountBy(protocol: StreamsProtocol): Scenario {
  return {
    async run(arena, installed) {
      const { client } = installed
      const source = await arena.createTopic(client, `words-${protocol}`, PARTITIONS)
      const target = await arena.createTopic(client, `counts-${protocol}`, 1)
      const app = new WordCount(arena, installed, { source, target, protocol })
      const lines = [0, 1, 2].map((part) => linesOf(arena, installed, part))
      const words = lines.flat().flatMap(wordsOf)
      try {
        await app.start()
        await arena.produce(installed, source, lines[0] ?? [])
        await app.expectOutput(1)
        const producing = arena.produce(installed, source, lines[1] ?? [])
        await app.expectOutput((await app.outputEnd()) + arena.flights / 10)
        await app.kill()
        await producing
        await app.start()
        await arena.produce(installed, source, lines[2] ?? [])
        await app.expectCounts(words)
        await app.stop()
        await app.expectNoMore(words)
      } finally {
        await app.kill()
      }
      await arena.expectCommittedToEnd(app.group, { topic: source, partitions: PARTITIONS })
    },
  }
}

/** An application of Kafka Streams, one process at a time, with the state that outlives it. */
class WordCount {
  readonly group: string
  readonly #arena: Arena
  readonly #installed: InstalledClient
  readonly #topics: { readonly source: string; readonly target: string }
  readonly #protocol: StreamsProtocol
  readonly #state: string
  #process: Driver | undefined

  constructor(
    arena: Arena,
    installed: InstalledClient,
    {
      protocol,
      ...topics
    }: {
      readonly source: string
      readonly target: string
      readonly protocol: StreamsProtocol
    },
  ) {
    this.group = topics.source
    this.#arena = arena
    this.#installed = installed
    this.#topics = topics
    this.#protocol = protocol
    this.#state = join(arena.file(), 'state')
  }

  async start(): Promise<void> {
    const process = new Driver(this.#installed, 'count-words', {
      bootstrap: this.#arena.bootstrap,
      topic: this.#topics.source,
      target: this.#topics.target,
      group: this.group,
      protocol: this.#protocol,
      state: this.#state,
    })
    this.#process = process
    const isRunning = async (): Promise<boolean> => {
      await process.check()
      return process.stdout.includes('state RUNNING')
    }
    await until(isRunning, `${this.group} is running`, LIMIT_MS)
  }

  async stop(): Promise<void> {
    await this.#process?.leave()
    this.#process = undefined
  }

  async kill(): Promise<void> {
    this.#process?.kill()
    await this.#process?.finish().catch(() => {}) // killed is what it was to be
    this.#process = undefined
  }

  /** With what is not committed, and the ends of transactions. */
  async outputEnd(): Promise<number> {
    const [end = 0] = await this.#arena.referee.endOffsets(this.#topics.target, 1)
    return end
  }

  async expectOutput(endOffset: number): Promise<void> {
    const isThere = async (): Promise<boolean> => {
      await this.#process?.check()
      return (await this.outputEnd()) >= endOffset
    }
    await until(isThere, `${this.#topics.target} is at ${endOffset}`, LIMIT_MS)
  }

  async expectCounts(words: readonly string[]): Promise<void> {
    await this.#readCommitted('counts', words.length)
  }

  /** A record behind all others shows whether there are more than there should be. */
  async expectNoMore(words: readonly string[]): Promise<void> {
    const end = { key: base64(LAST_WORD), value: base64('1'), headers: [] }
    await this.#arena.produce(this.#installed, this.#topics.target, [end])
    const all = [...words, LAST_WORD]
    const seen = await this.#readCommitted('all', all.length)
    const wanted = countsOf(all)
    const came = seen.map(({ key, value }) => ({ word: decode(key), count: Number(decode(value)) }))
    for (const { word, count } of came) {
      const next = wanted.get(word)?.shift()
      if (next !== count)
        throw new Error(`${word} is counted ${count} where ${next ?? 'no more'} is due`)
    }
  }

  #readCommitted(what: string, count: number): Promise<SeenRecord[]> {
    return runConsumer(this.#installed, {
      bootstrap: this.#arena.bootstrap,
      topic: this.#topics.target,
      group: `${this.group}-${what}`,
      output: this.#arena.file(),
      committed: true,
      count,
    })
  }
}

/** Lines of three words, some of which come often. */
function linesOf(arena: Arena, { client }: InstalledClient, part: number): InputRecord[] {
  return arena.records(client, part * arena.flights).map((record) => {
    const flight = JSON.parse(decode(record.value)) as Readonly<Record<string, string>>
    const { origin, destination, date } = flight
    const day = String(date).slice(0, 10)
    return { key: null, value: base64(`${origin} ${destination} ${day}`), headers: [] }
  })
}

function wordsOf({ value }: InputRecord): string[] {
  return decode(value).split(' ')
}

function decode(bytes: string | null): string {
  return Buffer.from(bytes ?? '', 'base64').toString()
}

/** The counts of each word that are to come, in order. */
function countsOf(words: readonly string[]): Map<string, number[]> {
  const counts = new Map<string, number[]>()
  for (const word of words) {
    const ofWord = counts.get(word) ?? []
    ofWord.push(ofWord.length + 1)
    counts.set(word, ofWord)
  }
  return counts
}

export const streams: Scenario = wordCountBy('classic')
export const streamsProtocol: Scenario = wordCountBy('streams')
