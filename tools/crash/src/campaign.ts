import { setTimeout as sleep } from 'node:timers/promises'

import { MIB } from '@pafka/base'

import { type BrokerSpec, CrashBroker } from './broker/crash-broker.ts'
import { servesTopics, type Verification, verify } from './check/verify.ts'
import { Finding } from './ledger/finding.ts'
import { Workload, type WorkloadCounts } from './load/workload.ts'
import { planRound, randomFor, type RoundPlan } from './plan.ts'
import { Connection } from './wire/connection.ts'

/** Stored by the topics of a generation, at which they give way to new ones. */
const GENERATION_BYTES = 300 * MIB
/** Lives of the broker whose ends of the log are shown with a finding. */
const KEPT_LIVES = 2
/** By when every request is answered while the broker lives. */
const ANSWER_LIMIT_MS = 30_000
/** How long a process that fails may outlive its connections. */
const LAST_GASP_MS = 500

/**
 * The broker's own defaults, but for what would take longer than a campaign: the least ring and
 * memory, so that both are used up many times over.
 */
const OVERRIDES: readonly string[] = [
  'log.journal.max.bytes=67108864',
  'log.tail.memory.bytes=33554432',
  'log.segment.delete.delay.ms=1000',
  'offsets.topic.segment.bytes=1048576',
  'log.cleaner.backoff.ms=500',
]

export interface CampaignOptions {
  readonly seed: number
  readonly rounds: number
  readonly churns: boolean
  /** Of all producers in a round; after that they trickle. */
  readonly roundBytes: number
  readonly topicConfigs: Readonly<Record<string, string>>
  readonly broker: BrokerSpec
  readonly say: (line: string) => void
  /** Between an end and the next start: what a test does to the data. */
  readonly tamper?: (counts: WorkloadCounts) => Promise<void>
}

export interface CampaignResult extends WorkloadCounts {
  /** Rounds that came to their end. */
  readonly rounds: number
  readonly findings: readonly Finding[]
  /** From each start to the first answer about all topics, in milliseconds. */
  readonly readyMs: readonly number[]
  readonly kills: number
  readonly checkedBytes: number
  /** The end of what the last two lives of the broker printed and logged. */
  readonly logTail: string
}

/** Loads, kills, restarts and checks one broker, round by round, until something is found. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const campaign = new Campaign(options)
  return campaign.run()
}

class Campaign {
  readonly #options: CampaignOptions
  readonly #workload: Workload
  readonly #readyMs: number[] = []
  #broker: CrashBroker | undefined
  #kills = 0
  #checkedBytes = 0
  #generationStart = 0
  readonly #lives: CrashBroker[] = []

  constructor(options: CampaignOptions) {
    this.#options = options
    this.#workload = new Workload(options)
  }

  async run(): Promise<CampaignResult> {
    let rounds = 0
    let findings: readonly Finding[] = []
    try {
      using connection = await this.#start()
      await this.#workload.renewTopics(connection)
      while (rounds < this.#options.rounds && findings.length === 0) {
        findings = await this.#round(rounds)
        if (findings.length === 0) rounds += 1
      }
    } catch (error) {
      if (!(error instanceof Finding)) throw error
      findings = [error]
    } finally {
      await this.#broker?.end('SIGKILL')
    }
    return {
      ...this.#workload.counts,
      rounds,
      findings,
      readyMs: this.#readyMs,
      kills: this.#kills,
      checkedBytes: this.#checkedBytes,
      logTail: this.#lives.map(({ logTail }) => logTail).join('\n--- restarted ---\n'),
    }
  }

  async #round(round: number): Promise<readonly Finding[]> {
    const plan = planRound(this.#options.seed, round)
    const before = this.#workload.counts
    await this.#load(round, plan)
    await this.#options.tamper?.(this.#workload.counts)
    for (const part of plan.startKills) await this.#startAndKill(part)
    using connection = await this.#start()
    await servesTopics(connection, this.#workload)
    const random = randomFor(this.#options.seed, round, 1)
    const renews = before.sentBytes - this.#generationStart > GENERATION_BYTES
    const readsAll = plan.readsAll || renews || round === this.#options.rounds - 1
    const verification = await verify(connection, this.#workload, { readsAll, random })
    this.#checkedBytes += verification.checkedBytes
    this.#say(round, plan, { before, verification })
    if (renews && verification.findings.length === 0) {
      this.#generationStart = this.#workload.counts.sentBytes
      await this.#workload.renewTopics(connection)
    }
    return verification.findings
  }

  /** One life under load, to its end. */
  async #load(round: number, plan: RoundPlan): Promise<void> {
    const broker = this.#living()
    const { host, port } = await broker.listening()
    const stop = new AbortController()
    let ending = false
    const isEnding = (): boolean => ending
    const running = this.#workload.run({ host, port, round, plan, signal: stop.signal, isEnding })
    const failed = running.then(() => false).catch(() => true) // it is awaited below, too
    const isOver = await Promise.race([sleep(plan.loadMs, false), failed])
    if (isOver) await sleep(LAST_GASP_MS)
    else if (plan.idleMs > 0) {
      stop.abort()
      const answered = await Promise.race([
        sleep(ANSWER_LIMIT_MS, undefined, { ref: false }),
        failed,
      ])
      if (answered === undefined) {
        throw new Finding('stuck', 'load', this.#workload.unanswered.join(', '))
      }
      await sleep(plan.idleMs)
    }
    ending = true
    await this.#end(plan.ending, 'under load')
    await running
  }

  /** A life that may end before it has recovered from the one before. */
  async #startAndKill(partOfStart: number): Promise<void> {
    this.#spawn()
    await sleep(partOfStart * (this.#readyMs.at(-1) ?? 0))
    await this.#end('SIGKILL', 'at its start')
  }

  async #end(signal: RoundPlan['ending'], moment: string): Promise<void> {
    const broker = this.#living()
    await broker.end(signal)
    if (broker.died) throw new Finding('broker died', moment, 'nobody ended it')
    if (signal === 'SIGKILL') this.#kills += 1
  }

  async #start(): Promise<Connection> {
    const startedAt = performance.now()
    const broker = this.#spawn()
    try {
      const { host, port } = await broker.listening()
      const connection = await Connection.open(host, port)
      await servesTopics(connection, this.#workload)
      this.#readyMs.push(performance.now() - startedAt)
      return connection
    } catch (error) {
      if (error instanceof Finding) throw error
      throw new Finding('broker died', 'at its start', String(error))
    }
  }

  #spawn(): CrashBroker {
    const { broker } = this.#options
    this.#broker = new CrashBroker({ ...broker, overrides: [...OVERRIDES, ...broker.overrides] })
    this.#lives.push(this.#broker)
    if (this.#lives.length > KEPT_LIVES) this.#lives.shift()
    return this.#broker
  }

  #living(): CrashBroker {
    if (this.#broker === undefined) throw new Error('no broker was started')
    return this.#broker
  }

  #say(
    round: number,
    plan: RoundPlan,
    { before, verification }: { before: WorkloadCounts; verification: Verification },
  ): void {
    const now = this.#workload.counts
    const facts = [
      `${plan.pace.name} ${plan.loadMs} ms${plan.idleMs > 0 ? ` + idle ${plan.idleMs} ms` : ''}`,
      [plan.ending, ...plan.startKills.map((part) => `at ${part.toFixed(2)} of start`)].join(', '),
      `ready ${Math.round(this.#readyMs.at(-1) ?? 0)} ms`,
      `${now.ackedBatches - before.ackedBatches} batches acked`,
      `${now.ackedOffsets - before.ackedOffsets} offsets`,
      `${now.topicChanges - before.topicChanges} topic changes`,
      `${(verification.checkedBytes / MIB).toFixed(1)} MiB checked`,
    ]
    this.#options.say(`round ${round}: ${facts.join('; ')}`)
  }
}
