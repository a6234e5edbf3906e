import { PafkaError } from '@pafka/base'

/** The oldest Node that `engines` of package.json names. */
export const OLDEST_NODE = '22.15'

/**
 * Older ones lack functions that are only missed in the middle of the work.
 * @param version as in `process.versions.node`
 * @throws PafkaError
 */
export function checkNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor = 0, leastMinor = 0] = OLDEST_NODE.split('.').map(Number)
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return
  throw new PafkaError('NODE_TOO_OLD', `Node ${OLDEST_NODE} or newer is needed; this is ${version}`)
}
