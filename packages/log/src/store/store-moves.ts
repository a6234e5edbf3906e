import { join } from 'node:path'

import { leftName } from './future-folder.ts'
import { leftIn } from './left-folders.ts'
import type { InterruptedMove } from './moves-found.ts'
import { partitionFolder } from './partition-folder.ts'
import { PartitionMove } from './partition-move.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { StoreState } from './store-state.ts'

/** Names of partitions that there are not: anybody may ask for any. */
const MOST_PREFERRED = 10_000

/** Moves of partitions between the log dirs of a store. */
export class StoreMoves {
  readonly #state: StoreState
  /** Paths of log dirs. */
  readonly #preferred = new Map<string, string>()

  constructor(state: StoreState) {
    this.#state = state
  }

  /** Those that the end of the broker cut short. */
  get interrupted(): readonly InterruptedMove[] {
    return this.#state.movesFound.interrupted
  }

  /** Whether nothing that its topic wants of tiers speaks against a log dir. */
  mayLieIn({ config }: PartitionLog, path: string): boolean {
    const { tiers } = this.#state.resolved
    const tier = tiers.find(({ paths }) => paths.some((one) => one.path === path))
    if (tier === undefined) return true
    const { storageTierPin: pin, storageTierExclude: excluded } = config
    const isPinned = tiers.some(({ name }) => name === pin)
    return isPinned ? tier.name === pin : !excluded.includes(tier.name)
  }

  /** Where a partition is to be made that there is not yet; forgotten when many are named. */
  prefer(topic: string, partition: number, path: string): void {
    const key = partitionFolder(topic, partition)
    this.#preferred.delete(key)
    this.#preferred.set(key, path)
    if (this.#preferred.size <= MOST_PREFERRED) return
    for (const oldest of this.#preferred.keys()) return void this.#preferred.delete(oldest)
  }

  /** Id of the log dir where a new partition is to be made; undefined for any. */
  takePreferred(topic: string, partition: number): string | undefined {
    const key = partitionFolder(topic, partition)
    const path = this.#preferred.get(key)
    this.#preferred.delete(key)
    return this.#state.dirs.find((dir) => dir.isOnline && dir.path === path)?.directoryId
  }

  /**
   * Begins to move a log that nobody else moves. Rejects when one of both dirs is not there, or has
   * no room.
   * @param path of a log dir
   */
  async begin(log: PartitionLog, path: string): Promise<PartitionMove | undefined> {
    const state = this.#state
    const from = state.dirOf(log)
    const to = state.dirs.find((dir) => dir.path === path)
    if (from === undefined || to === undefined || from === to) return undefined
    return PartitionMove.begin({ state, log, from, to })
  }

  /** A catalog says by now of each partition where it lies: what else says so goes. */
  async placesNoted(): Promise<void> {
    const { options, dirs, directory } = this.#state
    const { files } = options
    for (const dir of dirs) {
      if (!dir.isOnline) continue
      const found = leftIn(files, dir.path, files.list(dir.path))
      const settled = found.filter(({ topic, partition }) => {
        const log = directory.get(topic, partition)
        return log !== undefined && log.dir !== dir.path
      })
      for (const { id } of settled) await files.remove(join(dir.path, leftName(id)))
    }
  }
}
