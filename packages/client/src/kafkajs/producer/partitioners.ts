import { randomInt } from 'node:crypto'

import { partitionOfKey } from '../../producer/murmur2.ts'
import type {
  DefaultPartitioner,
  ICustomPartitioner,
  LegacyPartitioner,
  PartitionerArgs,
} from './producer-types.ts'
import { legacyPartitionOfKey } from './legacy-hash.ts'

type PlaceKey = (key: Uint8Array, partitions: number) => number

/** As many of the first records without a key as there are numbers below this. */
const COUNTER_START = 2 ** 31

function partitionerBy(placeKey: PlaceKey): ICustomPartitioner {
  return () => {
    const counters = new Map<string, number>()
    const next = (topic: string, count: number): number => {
      const counter = ((counters.get(topic) ?? randomInt(COUNTER_START)) + 1) % COUNTER_START
      counters.set(topic, counter)
      return counter % count
    }
    return ({ topic, partitionMetadata, message }: PartitionerArgs) => {
      const { partition, key } = message
      if (partition !== undefined && partition !== null) return partition
      if (key !== undefined && key !== null) {
        const bytes = typeof key === 'string' ? Buffer.from(key) : key
        return placeKey(bytes, partitionMetadata.length)
      }
      const led = partitionMetadata.filter(({ leader }) => leader >= 0)
      const from = led.length > 0 ? led : partitionMetadata
      return from[next(topic, from.length)]?.partitionId ?? 0
    }
  }
}

/** As the Java client places keys; records without one go round. */
const defaultPartitioner: DefaultPartitioner = partitionerBy((key, partitions) => {
  return partitionOfKey(key, key.length, partitions)
})

/** As version 1 of kafkajs placed keys: the same for many keys, and not for all. */
const legacyPartitioner: LegacyPartitioner = partitionerBy(legacyPartitionOfKey)

export const Partitioners: {
  DefaultPartitioner: DefaultPartitioner
  LegacyPartitioner: LegacyPartitioner
  /** The same as `DefaultPartitioner`. */
  JavaCompatiblePartitioner: DefaultPartitioner
} = {
  DefaultPartitioner: defaultPartitioner,
  LegacyPartitioner: legacyPartitioner,
  JavaCompatiblePartitioner: defaultPartitioner,
}
