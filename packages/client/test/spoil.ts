import type { Random } from '@pafka/base'
import type { Broker, FaultApi } from '@pafka/broker'

const MOST_DELAY_MS = 50

export interface SpoilOptions {
  readonly random: Random
  readonly mostDelayMs?: number
  /** What may happen instead. */
  readonly others: readonly (() => void)[]
}

/** The next request of an API goes wrong in some way, or something else does. */
export function spoil(
  { faults }: Broker,
  api: FaultApi,
  { random, mostDelayMs = MOST_DELAY_MS, others }: SpoilOptions,
): void {
  const ways = [
    () => faults.cut(api),
    () => faults.loseAnswer(api),
    () => faults.delay(api, 1 + random.below(mostDelayMs)),
    ...others,
  ]
  ways[random.below(ways.length)]?.()
}

export function oneOf<T>(random: Random, list: readonly [T, ...T[]]): T {
  return list[random.below(list.length)] ?? list[0]
}
