export { AdvanceableClock } from './advanceable-clock.ts'
export { assert, unreachable } from './assert.ts'
export { BucketCounts, DURATION_BOUNDS } from './bucket-counts.ts'
export { BufferPool, type BufferPoolOptions } from './buffer-pool.ts'
export { type Clock, systemClock, type Timer } from './clock.ts'
export { concurrently } from './concurrently.ts'
export { firstNames } from './first-names.ts'
export { inTurns } from './in-turns.ts'
export {
  ConfigError,
  DecodeError,
  errnoOf,
  InvariantViolation,
  messageOf,
  PafkaError,
  StorageError,
} from './errors.ts'
export { type LogFields, type Logger, silentLogger } from './logger.ts'
export { editDistance, nearestName } from './nearest-name.ts'
export { nodeComplaint } from './node-version.ts'
export { type Random, seededRandom } from './random.ts'
export { SerialQueue } from './serial-queue.ts'
export { ToldOnce } from './told-once.ts'
export { DAY_MS, formatBytes, GIB, HOUR_MS, KIB, MB, MIB, MINUTE_MS, SECOND_MS } from './units.ts'
