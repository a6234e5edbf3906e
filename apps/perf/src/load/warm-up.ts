import { ConfigError } from '@pafka/base'

/**
 * Something is left when the warm-up is over.
 * @param records of those whose first ones it is. @param whose for the error
 * @throws {ConfigError}
 */
export function checkWarmUp(warmupRecords: number, records: number, whose = 'all'): void {
  if (warmupRecords < records) return
  const most = `should be fewer than the ${records} records of ${whose}`
  throw new ConfigError([`--warmup-records: ${most}, is ${warmupRecords}`])
}
