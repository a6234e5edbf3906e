import { createRequire } from 'node:module'

/** Brokers count the versions of their clients (KIP-511). */
export function softwareVersion(): string {
  try {
    const manifest: unknown = createRequire(import.meta.url)('@pafka/client/package.json')
    if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return 'none'
    return String(manifest.version)
  } catch {
    return 'none' // bundled into a program
  }
}
