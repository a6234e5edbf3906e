import { ownVersion } from '@pafka/command'

/** Of `pafka-perf`. */
export function perfVersion(): string {
  return ownVersion(import.meta.url)
}
