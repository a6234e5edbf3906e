import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

import type { PersistenceDomain } from './capability.ts'

const KNOWN = new Set(['cpu_cache', 'memory_controller'])

/**
 * Asks the kernel what of the NVDIMM region under a file system outlives a power cut. Source:
 * Documentation/ABI/testing/sysfs-bus-nvdimm, `persistence_domain`.
 * @param device `dev` of a file there
 * @param sys where sysfs is
 * @returns `unknown` when the platform does not say, as memory set apart by `memmap` does not
 */
export function persistenceDomain(device: number, sys = '/sys'): PersistenceDomain {
  const [major, minor] = numbersOf(device)
  const domains = domainsUnder(join(sys, 'dev/block', `${major}:${minor}`), sys)
  if (domains.length === 0 || !domains.every((domain) => KNOWN.has(domain))) return 'unknown'
  return domains.includes('memory_controller') ? 'memory_controller' : 'cpu_cache'
}

/** As glibc's `gnu_dev_major` and `gnu_dev_minor`, beyond 32 bits too. */
function numbersOf(device: number): readonly [number, number] {
  const low = device % 2 ** 32
  const high = Math.floor(device / 2 ** 32)
  const major = ((low >>> 8) & 0xfff) + (high & 0xfffff000)
  const minor = (low & 0xff) + ((low >>> 12) & 0xfff00)
  return [major, minor]
}

/** One for each region: a device-mapper volume may lie on several. */
function domainsUnder(block: string, sys: string): readonly string[] {
  const folder = quietly(() => realpathSync(block))
  if (folder === undefined) return []
  const slaves = quietly(() => readdirSync(join(folder, 'slaves'))) ?? []
  if (slaves.length > 0) {
    return slaves.flatMap((slave) => {
      const found = domainsUnder(join(folder, 'slaves', slave), sys)
      return found.length === 0 ? ['unknown'] : found
    })
  }
  for (let at = folder; at.length > sys.length; at = dirname(at)) {
    const domain = quietly(() => readFileSync(join(at, 'persistence_domain'), 'utf8'))
    if (domain !== undefined) return [domain.trim()]
  }
  return []
}

/** What is not there is an answer too. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
