import { missingRecords } from '../compare.ts'
import { Driver } from '../driver.ts'
import type { InstalledClient } from '../installed-client.ts'
import { readSeen, type InputRecord } from '../record.ts'
import { until } from '../referee/referee.ts'
import type { Arena } from './arena.ts'

const TIMEOUT_MS = 45_000

/** Which of Kafka's two protocols a member speaks: in the new one (KIP-848) the broker assigns. */
export type GroupProtocol = 'classic' | 'consumer'

/** Drivers of one client that consume one topic in one group. */
export class MemberGroup {
  readonly name: string
  readonly #arena: Arena
  readonly #installed: InstalledClient
  readonly #topic: string
  readonly #outputs: string[] = []
  #members: Driver[] = []

  constructor(arena: Arena, installed: InstalledClient, topic: string) {
    this.name = topic
    this.#arena = arena
    this.#installed = installed
    this.#topic = topic
  }

  join(protocol: GroupProtocol): void {
    const output = this.#arena.file()
    const { bootstrap } = this.#arena
    const named = protocol === 'classic' ? undefined : protocol // drivers' own preset
    const options = { bootstrap, topic: this.#topic, group: this.name, output, protocol: named }
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
  async expectSpread(members: number, partitions: number): Promise<void> {
    const owned = (): (readonly number[])[] => this.#members.map(({ assigned }) => assigned ?? [])
    const isSpread = async (): Promise<boolean> => {
      for (const member of this.#members) await member.check()
      const all = owned()
      const once = new Set(all.flat()).size === partitions && all.flat().length === partitions
      return once && all.length === members && all.every((each) => each.length > 0)
    }
    await until(isSpread, `${members} members share ${partitions} partitions`, TIMEOUT_MS).catch(
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
