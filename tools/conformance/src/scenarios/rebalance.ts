import { missingRecords } from '../compare.ts'
import { Driver } from '../driver.ts'
import type { InstalledClient } from '../installed-client.ts'
import { readSeen, type InputRecord } from '../record.ts'
import { until } from '../referee/referee.ts'
import type { Arena } from './arena.ts'
import type { Scenario } from './scenario.ts'

const PARTITIONS = 6
const MEMBERS = 3
const TIMEOUT_MS = 45_000

/**
 * Three members share six partitions, one leaves while records come, the others take over; nothing
 * is missed.
 */
export const rebalance: Scenario = {
  async run(arena, installed) {
    const { client } = installed
    const topic = await arena.createTopic(client, 'rebalance', PARTITIONS)
    const group = new Group(arena, installed, topic)
    const batch = (n: number): InputRecord[] => arena.records(client, n * arena.flights)
    try {
      await arena.produce(installed, topic, batch(0))
      for (let member = 0; member < MEMBERS; member++) group.join()
      await group.expectSpread(MEMBERS)
      await group.expectSeen(batch(0))
      const producing = arena.produce(installed, topic, batch(1))
      await group.oneLeaves()
      await producing
      await group.expectSpread(MEMBERS - 1)
      await arena.produce(installed, topic, batch(2))
      const dropped = client.dropsOneLeaving ? 1 : 0
      await group.expectSeen([...batch(0), ...batch(1), ...batch(2)], dropped)
      await group.allLeave()
    } finally {
      group.kill()
    }
    await arena.expectCommittedToEnd(group.name, { topic, partitions: PARTITIONS })
  },
}

class Group {
  readonly name: string
  readonly #arena: Arena
  readonly #installed: InstalledClient
  readonly #topic: string
  readonly #outputs: string[] = []
  #members: Driver[] = []

  constructor(arena: Arena, installed: InstalledClient, topic: string) {
    this.name = arena.name(installed.client, 'rebalance')
    this.#arena = arena
    this.#installed = installed
    this.#topic = topic
  }

  join(): void {
    const output = this.#arena.file()
    const { bootstrap } = this.#arena
    const options = { bootstrap, topic: this.#topic, group: this.name, output }
    this.#outputs.push(output)
    this.#members.push(new Driver(this.#installed, 'consume', options))
  }

  async oneLeaves(): Promise<void> {
    await this.#members.shift()?.leave()
  }

  async allLeave(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.leave()))
    this.#members = []
  }

  kill(): void {
    for (const member of this.#members) member.kill()
  }

  /** Every partition has exactly one owner, and every member owns some. */
  async expectSpread(members: number): Promise<void> {
    const owned = (): (readonly number[])[] => this.#members.map(({ assigned }) => assigned ?? [])
    const isSpread = async (): Promise<boolean> => {
      for (const member of this.#members) await member.check()
      const all = owned()
      const once = new Set(all.flat()).size === PARTITIONS && all.flat().length === PARTITIONS
      return once && all.length === members && all.every((each) => each.length > 0)
    }
    await until(isSpread, `${members} members share ${PARTITIONS} partitions`, TIMEOUT_MS).catch(
      (error: unknown) => {
        const shares = owned().map((each) => `[${each.join(' ')}]`)
        throw new Error(`${(error as Error).message}; they own ${shares.join(' ')}`, {
          cause: error,
        })
      },
    )
  }

  /** All that was sent, but for so many that the client itself may have dropped. */
  async expectSeen(sent: readonly InputRecord[], dropped = 0): Promise<void> {
    let missing = sent.length
    const isSeen = async (): Promise<boolean> => {
      for (const member of this.#members) await member.check()
      missing = missingRecords(sent, this.#outputs.flatMap(readSeen)).length
      return missing <= dropped
    }
    await until(isSeen, 'every record seen', TIMEOUT_MS).catch((error: unknown) => {
      const message = `${(error as Error).message}; ${missing} of ${sent.length} never came`
      throw new Error(message, { cause: error })
    })
  }
}
