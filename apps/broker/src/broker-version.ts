import { ownVersion } from '@pafka/command'

/** Of this package; undefined where it was bundled into a program. */
export function brokerVersion(): string | undefined {
  try {
    return ownVersion(import.meta.url)
  } catch {
    return undefined
  }
}
