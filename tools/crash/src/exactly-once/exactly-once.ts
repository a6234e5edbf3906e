import { setTimeout as sleep } from 'node:timers/promises'

import type { InstalledClient } from '@pafka/conformance'

import { type BrokerSpec, CrashBroker } from '../broker/crash-broker.ts'
import { Finding } from '../ledger/finding.ts'
import { createTopic } from '../load/stored-topics.ts'
import { randomFor } from '../plan.ts'
import { Connection } from '../wire/connection.ts'
import { type CommittedRecords, readCommitted } from './committed-records.ts'
import { compareCopies, compareFed } from './compare-copies.ts'
import { Feeder, type Source } from './feeder.ts'
import { stableOffsets } from './group-offsets.ts'
import { type Kill, planKills } from './kill-plan.ts'
import { PARTITIONS, Team } from './team.ts'
import { VerifiableFeeder } from './verifiable-feeder.ts'

const MOST_PAUSE_MS = 50
const LOOK_MS = 250
/** By when all is copied once nobody is killed any more. */
const COPIED_LIMIT_MS = 180_000
const KEPT_LIVES = 3
/** Of the choices that are made with a seed, those of the first feeder. */
const FIRST_FEEDER = 100

/** What would take longer than a campaign. */
const OVERRIDES: readonly string[] = [
  'group.min.session.timeout.ms=1000',
  'group.initial.rebalance.delay.ms=100',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms=1000',
  'offsets.topic.segment.bytes=1048576',
  'transaction.state.log.segment.bytes=1048576',
  'log.journal.max.bytes=67108864',
]

export interface ExactlyOnceOptions {
  readonly seed: number
  readonly seconds: number
  /** Between two kills, about. */
  readonly meanGapMs: number
  /** Those that copy. */
  readonly clients: readonly InstalledClient[]
  /** Arguments of `java` up to a main class of Kafka's tools, where those are there. */
  readonly javaTools: readonly string[] | undefined
  readonly broker: BrokerSpec
  readonly say: (line: string) => void
}

export interface ExactlyOnceResult {
  readonly findings: readonly Finding[]
  readonly brokerKills: number
  readonly copierKills: number
  /** Lives of copiers that ended by themselves, with an error, and were followed by others. */
  readonly copierFailures: number
  readonly transactions: number
  readonly records: number
  readonly abortedRecords: number
  readonly markers: number
  readonly logTail: string
}

/** Copies under kills, and compares every copy with what was copied. */
export async function runExactlyOnce(options: ExactlyOnceOptions): Promise<ExactlyOnceResult> {
  const run = new ExactlyOnce(options)
  return run.run()
}

class ExactlyOnce {
  readonly #options: ExactlyOnceOptions
  readonly #teams: readonly Team[]
  readonly #sources = new Map<Team, Source>()
  readonly #lives: CrashBroker[] = []
  #address = { host: '127.0.0.1', port: 0 }
  #brokerKills = 0
  #copierKills = 0
  #records = 0
  #abortedRecords = 0
  #markers = 0

  constructor(options: ExactlyOnceOptions) {
    this.#options = options
    this.#teams = options.clients.map((client) => new Team(client))
  }

  async run(): Promise<ExactlyOnceResult> {
    let findings: readonly Finding[] = []
    try {
      await this.#startBroker()
      await this.#createTopics()
      this.#startLoad()
      await this.#killAll()
      await Promise.all([...this.#sources.values()].map((source) => source.stop()))
      this.#options.say('no more kills; waiting until all is copied')
      await this.#copied()
      await Promise.all(this.#teams.map((team) => team.stop()))
      await this.#killBroker(0, 0) // what was seen before is there after it
      findings = await this.#compare()
    } catch (error) {
      if (!(error instanceof Finding)) throw error
      findings = [error]
    } finally {
      await Promise.all(this.#teams.map((team) => team.stop()))
      await Promise.allSettled([...this.#sources.values()].map((source) => source.stop()))
      await this.#lives.at(-1)?.end('SIGKILL')
    }
    const words = this.#teams.map(({ lastWords }) => lastWords)
    const logs = this.#lives.map(({ logTail }) => logTail)
    return {
      findings,
      brokerKills: this.#brokerKills,
      copierKills: this.#copierKills,
      copierFailures: this.#teams.reduce((sum, { failures }) => sum + failures, 0),
      transactions: this.#teams.reduce((sum, { told }) => sum + told, 0),
      records: this.#records,
      abortedRecords: this.#abortedRecords,
      markers: this.#markers,
      logTail: [...words, ...logs].join('\n---\n'),
    }
  }

  async #createTopics(): Promise<void> {
    using connection = await this.#connect()
    for (const { source, target } of this.#teams) {
      for (const name of [source, target]) {
        await createTopic(connection, { name, partitions: PARTITIONS, configs: {} })
      }
    }
  }

  #startLoad(): void {
    const { seed, javaTools: java } = this.#options
    const { host, port } = this.#address
    const bootstrap = `${host}:${port}`
    for (const [number, team] of this.#teams.entries()) {
      const topic = team.source
      const feeder =
        java !== undefined && team.name.startsWith('java')
          ? new VerifiableFeeder({ java, bootstrap, topic })
          : new Feeder({
              topic,
              partitions: PARTITIONS,
              random: randomFor(seed, 0, FIRST_FEEDER + number),
              mostPauseMs: MOST_PAUSE_MS,
              address: () => this.#address,
            })
      this.#sources.set(team, feeder)
      team.start(bootstrap)
    }
  }

  async #killAll(): Promise<void> {
    const { seed, seconds, meanGapMs } = this.#options
    const copiers = this.#teams.flatMap(({ copierNames }) => copierNames)
    const plan = planKills({ seed, lengthMs: seconds * 1000, copiers, meanGapMs })
    const begin = performance.now()
    for (const kill of plan) {
      await sleep(Math.max(begin + kill.atMs - performance.now(), 0))
      await this.#kill(kill)
    }
  }

  async #kill({ atMs, broker, copiers, downMs, startKillMs }: Kill): Promise<void> {
    for (const team of this.#teams) this.#copierKills += team.kill(copiers)
    if (broker) await this.#killBroker(downMs, startKillMs)
    const told = this.#teams.map(({ name, told: done, lives }) => `${name} ${done} in ${lives}`)
    const how = startKillMs > 0 ? `, again after ${startKillMs} ms` : ''
    const who = [...(broker ? [`broker, ${downMs} ms${how}`] : []), ...copiers].join(' and ')
    this.#options.say(`${Math.round(atMs / 1000)} s: killed ${who}; ${told.join('; ')}`)
  }

  async #killBroker(downMs: number, startKillMs: number): Promise<void> {
    await this.#endBroker('under load')
    await sleep(downMs)
    if (startKillMs > 0) {
      this.#spawnBroker()
      await sleep(startKillMs)
      await this.#endBroker('at its start')
    }
    await this.#startBroker()
  }

  async #endBroker(moment: string): Promise<void> {
    const broker = this.#lives.at(-1)
    await broker?.end('SIGKILL')
    if (broker?.died === true) throw new Finding('broker died', moment, 'nobody ended it')
    this.#brokerKills += 1
  }

  #spawnBroker(): CrashBroker {
    const { broker } = this.#options
    const { host, port } = this.#address
    const own = [`listeners=PLAINTEXT://${host}:${port}`, ...OVERRIDES]
    const life = new CrashBroker({ ...broker, overrides: [...own, ...broker.overrides] })
    this.#lives.push(life)
    if (this.#lives.length > KEPT_LIVES) this.#lives.shift()
    return life
  }

  async #startBroker(): Promise<void> {
    try {
      this.#address = await this.#spawnBroker().listening()
    } catch (error) {
      throw new Finding('broker died', 'at its start', String(error))
    }
  }

  #connect(): Promise<Connection> {
    return Connection.open(this.#address.host, this.#address.port)
  }

  /** Waits until offsets and last stable offsets have come to the ends. @throws {Finding} */
  async #copied(): Promise<void> {
    using connection = await this.#connect()
    let left: string[] = []
    for (const until = performance.now() + COPIED_LIMIT_MS; performance.now() < until;) {
      left = []
      for (const team of this.#teams) left.push(...(await this.#leftOf(connection, team)))
      if (left.length === 0) return
      if (this.#lives.at(-1)?.died === true) {
        throw new Finding('broker died', 'while it was copied', 'nobody ended it')
      }
      await sleep(LOOK_MS)
    }
    throw new Finding('stuck', left.length === 1 ? String(left[0]) : 'copies', left.join('; '))
  }

  async #leftOf(connection: Connection, { source, target, group }: Team): Promise<string[]> {
    const partitions = PARTITIONS
    const offsets = await stableOffsets(connection, group, { topic: source, partitions })
    const left: string[] = []
    for (const [partition, offset] of offsets.entries()) {
      const { highWatermark } = await readCommitted(connection, { topic: source, partition })
      if (highWatermark > 0 && offset !== highWatermark) {
        left.push(`${group}: ${offset ?? 'nothing stable'} of ${highWatermark} in ${partition}`)
      }
      const copy = await readCommitted(connection, { topic: target, partition })
      if (copy.lastStableOffset === copy.highWatermark) continue
      left.push(`${target}-${partition}: ${copy.lastStableOffset} of ${copy.highWatermark}`)
    }
    return left
  }

  async #compare(): Promise<Finding[]> {
    using connection = await this.#connect()
    const findings: Finding[] = []
    for (const team of this.#teams) {
      const all: CommittedRecords['records'][] = []
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const source = await readCommitted(connection, { topic: team.source, partition })
        const copy = await readCommitted(connection, { topic: team.target, partition })
        findings.push(...compareCopies(`${team.target}-${partition}`, source.records, copy.records))
        all.push(source.records)
        this.#records += copy.records.length
        this.#abortedRecords += copy.abortedRecords
        this.#markers += copy.markers
      }
      const acked = this.#sources.get(team)?.acked ?? []
      findings.push(...compareFed(team.source, acked, all.flat()))
    }
    return findings
  }
}
