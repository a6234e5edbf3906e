import { KIB, MIB, seededRandom } from '@pafka/base'
import {
  diskError,
  type LogConfig,
  type LogStore,
  type LogStoreOptions,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { errorName } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'

import { idempotent, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'

/** What an ack depends on. */
export interface Medium {
  readonly channel: NonNullable<LogStoreOptions['channel']>
  readonly config?: Partial<LogConfig>
  readonly hasDirectIo?: boolean
}

/** A store with one log, on a disk that can be taken away from it. */
export class Life {
  disk: SimulatedDisk = SimulatedDisk.create()
  readonly clock: ManualClock = new ManualClock(TIME_MS)
  readonly #medium: Medium
  #store: LogStore | undefined
  #log: PartitionLog | undefined

  constructor(medium: Medium) {
    this.#medium = medium
    this.disk.hasDirectIo = medium.hasDirectIo ?? true
  }

  static async begin(medium: Medium): Promise<Life> {
    const life = new Life(medium)
    await life.#open()
    life.#log = createLog(life.store, medium.config)
    return life
  }

  get store(): LogStore {
    if (this.#store === undefined) throw new Error('no store')
    return this.#store
  }

  get log(): PartitionLog {
    if (this.#log === undefined) throw new Error('the log is gone')
    return this.#log
  }

  /** How many records there are; 0 without a log. */
  get endOffset(): number {
    return this.#log?.logEndOffset ?? 0
  }

  /** One record. @returns the name of an error, as the producer sees it. */
  send(): string {
    const sequence = this.log.logEndOffset // what failed is sent again
    const result = this.log.appendAsLeader(idempotent({ producerId: 1, sequence }), CLIENT)
    return errorName(result.errorCode)
  }

  /** Records one after another, each acknowledged. */
  async acknowledged(count: number): Promise<void> {
    for (let left = count; left > 0; left--) {
      if (this.send() !== 'NONE') throw new Error('refused')
      await committed(this.log)
    }
  }

  /** How a wait for all that was sent ends. */
  outcome(): Promise<'acknowledged' | 'failed'> {
    return committed(this.log).then(
      () => 'acknowledged' as const,
      () => 'failed' as const,
    )
  }

  async kill(): Promise<void> {
    this.disk = this.disk.kill()
    await this.#open()
  }

  async cutPower(seed: number): Promise<void> {
    this.disk = this.disk.cutPower(seededRandom(seed))
    await this.#open()
  }

  /** As `cutPower`, and the start after it dies when it has called the disk so often. */
  async cutPowerAndDie(seed: number, calls: number): Promise<void> {
    this.disk = this.disk.cutPower(seededRandom(seed))
    let left = calls
    this.disk.fault = (_, path) => (left-- > 0 ? undefined : diskError('EIO', path))
    await this.#open().catch(() => undefined)
  }

  async #open(): Promise<void> {
    const { channel, config = {}, hasDirectIo = true } = this.#medium
    this.disk.hasDirectIo = hasDirectIo
    this.disk.isPersistentMemory = channel === 'pmem'
    const sizes = { limitBytes: 4 * MIB, tailBytes: 4 * MIB, pieceBytes: 64 * KIB }
    const journal = { folder: '/data/journal', ...sizes }
    const store = { channel, journal }
    this.#store = await openStore({ files: this.disk, clock: this.clock, config, store })
    this.#log = this.#store.get('topic', 0)
  }
}
