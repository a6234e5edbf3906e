import type { FolderLimits } from '@pafka/log'

import type { BrokerValues } from './broker-values.ts'

const PATHS = 'log.limit.paths'

/**
 * @param absolute makes a path so
 * @returns null where nothing is limited
 */
export function resolveLimits(
  values: BrokerValues,
  absolute: (path: string) => string,
  problems: string[],
): FolderLimits | null {
  const { logLimitPaths: paths } = values
  const rates = [
    ['log.limit.bytes.per.second', values.logLimitBytesPerSecond],
    ['log.limit.operations.per.second', values.logLimitOperationsPerSecond],
  ] as const
  for (const [key, rate] of rates) {
    if (paths.length > 0 && rate === null) problems.push(`${PATHS}: wants ${key} as well`)
    if (paths.length === 0 && rate !== null) problems.push(`${key}: wants ${PATHS} as well`)
  }
  if (paths.length > 0 && values.logChannelType === 'pmem') {
    problems.push(`${PATHS}: log.channel.type=pmem stores to memory, which cannot be limited`)
  }
  const [bytesPerSecond, operationsPerSecond] = [rates[0][1], rates[1][1]]
  if (paths.length === 0 || bytesPerSecond === null || operationsPerSecond === null) return null
  return { folders: paths.map(absolute), bytesPerSecond, operationsPerSecond }
}
