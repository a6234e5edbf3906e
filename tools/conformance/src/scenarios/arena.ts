import { join } from 'node:path'

import { codecs, type Client, type Codec } from '../clients.ts'
import { compareRecords } from '../compare.ts'
import { runConsumer, runDriver, type DriverOptions } from '../driver.ts'
import { flightRecords, oddRecords, type InputLimits } from '../flights.ts'
import type { InstalledClient } from '../installed-client.ts'
import { writeInput, type InputRecord, type SeenRecord } from '../record.ts'
import { Referee } from '../referee/referee.ts'

const PARTITIONS = 4

/** A topic with what was sent to it. */
export interface FilledTopic {
  readonly topic: string
  readonly partitions: number
  readonly sent: readonly InputRecord[]
}

export interface ArenaOptions {
  readonly bootstrap: string
  readonly referee: string
  /** Inputs and outputs of drivers; whoever made it removes it. */
  readonly folder: string
  /** Flights per codec or step. */
  readonly flights: number
}

/** The broker under test and what scenarios do with it. One for a whole run. */
export class Arena implements Disposable {
  readonly bootstrap: string
  readonly flights: number
  readonly referee: Referee
  readonly #folder: string
  readonly #filled = new Map<string, Promise<FilledTopic>>()
  readonly #run = Date.now().toString(36)
  #files = 0

  private constructor(options: ArenaOptions, referee: Referee) {
    this.bootstrap = options.bootstrap
    this.flights = options.flights
    this.#folder = options.folder
    this.referee = referee
  }

  static async open(options: ArenaOptions): Promise<Arena> {
    return new Arena(options, await Referee.connect(options.referee))
  }

  [Symbol.dispose](): void {
    this.referee[Symbol.dispose]()
  }

  name(client: Client, what: string): string {
    return `conformance-${this.#run}-${client.name}-${what}`
  }

  file(): string {
    return join(this.#folder, `${++this.#files}.jsonl`)
  }

  async createTopic(client: Client, what: string, partitions: number): Promise<string> {
    const topic = this.name(client, what)
    await this.referee.createTopic(topic, partitions)
    return topic
  }

  async produce(
    installed: InstalledClient,
    topic: string,
    records: readonly InputRecord[],
    options: DriverOptions = { codec: 'none' },
  ): Promise<void> {
    const input = this.file()
    writeInput(input, records)
    await runDriver(installed, 'produce', { bootstrap: this.bootstrap, topic, input, ...options })
  }

  consume(
    installed: InstalledClient,
    options: DriverOptions & { readonly topic: string; readonly count: number },
  ): Promise<SeenRecord[]> {
    return runConsumer(installed, {
      ...options,
      bootstrap: this.bootstrap,
      output: this.file(),
    })
  }

  /** Flights number `from` on, as many as one step takes. */
  records(client: Client, from = 0): InputRecord[] {
    return flightRecords(from, from + this.flights, limitsOf(client))
  }

  /**
   * A topic that a client filled with flights and odd records, one part per codec; made once per
   * run.
   */
  filledBy(installed: InstalledClient, of: readonly Codec[]): Promise<FilledTopic> {
    const what = `filled-${of.join('-')}`
    const key = `${installed.client.name} ${what}`
    const filled = this.#filled.get(key) ?? this.#fill(installed, of, what)
    this.#filled.set(key, filled)
    return filled
  }

  async #fill(
    installed: InstalledClient,
    of: readonly Codec[],
    what: string,
  ): Promise<FilledTopic> {
    const { client } = installed
    const topic = await this.createTopic(client, what, PARTITIONS)
    const sent: InputRecord[] = []
    for (const codec of of) {
      const part = this.records(client, codecs.indexOf(codec) * this.flights)
      const records = [...part, ...oddRecords(limitsOf(client))]
      await this.produce(installed, topic, records, { codec })
      sent.push(...records)
    }
    return { topic, partitions: PARTITIONS, sent }
  }

  /** Has a client read topics in a new group and compares every record. */
  async expectRead(
    installed: InstalledClient,
    topics: readonly FilledTopic[],
    what: string,
  ): Promise<void> {
    const group = this.name(installed.client, what)
    const topic = topics.map((each) => each.topic).join(',')
    const count = topics.reduce((sum, { sent }) => sum + sent.length, 0)
    const seen = await this.consume(installed, { topic, group, count })
    for (const each of topics) {
      const here = seen.filter((record) => record.topic === each.topic)
      const { name, readsEmptyAsNull } = installed.client
      const sent = readsEmptyAsNull ? each.sent.map(emptyAsNull) : each.sent
      expectNoProblem(compareRecords(sent, here), `${name} reads ${each.topic}`)
      await this.expectCommittedToEnd(group, each)
    }
  }

  async expectCommittedToEnd(
    group: string,
    { topic, partitions }: Pick<FilledTopic, 'topic' | 'partitions'>,
  ): Promise<void> {
    const ends = await this.referee.endOffsets(topic, partitions)
    const committed = await this.referee.committedOffsets(group, topic, partitions)
    // a partition without records has nothing to commit
    const behind = ends.filter(
      (end, at) => committed[at] !== end && !(end === 0 && committed[at] === -1),
    )
    if (behind.length === 0) return
    throw new Error(`group ${group}: committed ${committed.join(' ')}, log ends ${ends.join(' ')}`)
  }
}

function limitsOf({ constantHeaders, textOnly }: Client): InputLimits {
  return { constantHeaders: constantHeaders === true, textOnly: textOnly === true }
}

export function expectNoProblem(problems: readonly string[], what: string): void {
  if (problems.length > 0) throw new Error(`${what}:\n${problems.join('\n')}`)
}

function emptyAsNull({ key, value, headers }: InputRecord): InputRecord {
  return {
    key: key === '' ? null : key,
    value: value === '' ? null : value,
    headers: headers.map(([name, bytes]) => [name, bytes === '' ? null : bytes]),
  }
}
