import { setImmediate } from 'node:timers/promises'

import { MIB, seededRandom } from '@pafka/base'
import type { Fuzz } from '@pafka/testing'

/** Memory that attempts may leave behind; garbage of the last few included. */
const MEMORY_BYTES = 512 * MIB
const MEMORY_EVERY = 64

/** An attempt that found something. `seed` replays it: `pnpm fuzz <name> --seed <seed>`. */
export class FuzzFind extends Error {
  readonly seed: number

  constructor(fuzz: Fuzz, seed: number, cause: unknown) {
    const replay = `pnpm fuzz "${fuzz.name}" --seed ${seed}`
    super(`${fuzz.name}: ${describe(cause)}; replay with ${replay}`, { cause })
    this.seed = seed
  }
}

export interface CampaignOptions {
  /** Seed of the first attempt; each later one has a seed of its own, one more. */
  readonly seed: number
  /** Asked after every attempt. */
  readonly goOn: (attempts: number) => boolean
}

/**
 * Runs attempts one after another.
 * @returns how many
 * @throws {FuzzFind} at the first find, or when memory grows beyond its bound
 */
export async function campaign(fuzz: Fuzz, { seed, goOn }: CampaignOptions): Promise<number> {
  const before = process.memoryUsage.rss()
  let attempts = 0
  do {
    const attempt = (seed + attempts) >>> 0
    try {
      await fuzz.run(seededRandom(attempt))
    } catch (cause) {
      throw new FuzzFind(fuzz, attempt, cause)
    }
    attempts += 1
    if (attempts % MEMORY_EVERY !== 0) continue
    await setImmediate() // streams free what they hold only when the event loop turns
    const grown = process.memoryUsage.rss() - before
    if (grown > MEMORY_BYTES) throw new FuzzFind(fuzz, attempt, `memory grew by ${grown} bytes`)
  } while (goOn(attempts))
  return attempts
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}
