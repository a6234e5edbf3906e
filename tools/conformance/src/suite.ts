import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { scenarioNames, type Client, type ScenarioName } from './clients.ts'
import type { InstalledClient } from './installed-client.ts'
import { Arena } from './scenarios/arena.ts'
import { scenarios } from './scenarios/index.ts'

const QUICK_FLIGHTS = 150
const FLIGHTS = 500

export type Outcome = 'passed' | 'failed' | 'left out'

export interface Result {
  readonly client: string
  readonly scenario: ScenarioName
  readonly outcome: Outcome
  readonly milliseconds: number
  /** What differs, or why it was left out. */
  readonly reason?: string
}

export interface SuiteOptions {
  /** Where clients are told to go. */
  readonly bootstrap: string
  /** Where the referee goes, when that is another place. */
  readonly referee?: string
  readonly installed: readonly InstalledClient[]
  readonly quick: boolean
}

/** The scenarios of all clients against one broker. */
export class Suite implements AsyncDisposable {
  readonly #arena: Arena
  readonly #folder: string
  readonly #installed: readonly InstalledClient[]

  private constructor(arena: Arena, folder: string, installed: readonly InstalledClient[]) {
    this.#arena = arena
    this.#folder = folder
    this.#installed = installed
  }

  static async open(options: SuiteOptions): Promise<Suite> {
    const folder = await mkdtemp(join(tmpdir(), 'pafka-conformance-'))
    const { bootstrap, referee = bootstrap, installed } = options
    const flights = options.quick ? QUICK_FLIGHTS : FLIGHTS
    const arena = await Arena.open({ bootstrap, referee, folder, flights })
    return new Suite(arena, folder, installed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#arena[Symbol.dispose]()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** @throws saying what differs. */
  async run(client: Client, scenario: ScenarioName): Promise<void> {
    const installed = this.#installed.find((each) => each.client === client)
    if (installed === undefined) throw new Error(`${client.name} is not installed`)
    await scenarios[scenario].run(this.#arena, installed, this.#installed)
  }

  /** As `run`, with the outcome as a value. */
  async judge(client: Client, scenario: ScenarioName): Promise<Result> {
    const begin = performance.now()
    const outcome = { client: client.name, scenario }
    const spent = (): number => Math.round(performance.now() - begin)
    try {
      await this.run(client, scenario)
      return { ...outcome, outcome: 'passed', milliseconds: spent() }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return { ...outcome, outcome: 'failed', milliseconds: spent(), reason }
    }
  }
}

/** Every pair of a client and a scenario that it takes part in. */
export function pairsOf(
  clients: readonly Client[],
  wanted: readonly ScenarioName[],
): { readonly client: Client; readonly scenario: ScenarioName }[] {
  return clients.flatMap((client) =>
    scenarioNames
      .filter((scenario) => wanted.includes(scenario) && client.scenarios.includes(scenario))
      .map((scenario) => ({ client, scenario })),
  )
}
