import { dirname, join } from 'node:path/posix'

import { numberIn, type SystemFiles } from './system-files.ts'

/** What the control groups of this process leave it. */
export interface GroupLimits {
  readonly memoryBytes?: number
  readonly memoryUsedBytes?: number
  /** Processors' worth of time: 1.5 of them. */
  readonly cpus?: number
}

const ROOT = '/sys/fs/cgroup'

/**
 * Of version 2 or 1, whichever has the controller; the least of a group and those around it.
 * Sources: Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst, scheduler/sched-bwc.rst.
 */
export function groupLimits(files: SystemFiles): GroupLimits {
  const lines = files.text('/proc/self/cgroup')?.split('\n') ?? []
  const memory: MemoryBound[] = []
  const cpus: number[] = []
  for (const line of lines) {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (controllers === undefined || group === undefined) continue
    const has = controllers.split(',')
    for (const folder of foldersOf(controllers, group)) {
      if (controllers === '' || has.includes('memory')) memory.push(...memoryOf(files, folder))
      if (controllers === '' || has.includes('cpu')) cpus.push(...cpusOf(files, folder))
    }
  }
  const tightest = memory.toSorted((a, b) => a.leftBytes - b.leftBytes)[0]
  return {
    ...(tightest && { memoryBytes: Math.min(...memory.map(({ bytes }) => bytes)) }),
    ...(tightest && { memoryUsedBytes: tightest.bytes - tightest.leftBytes }),
    ...(cpus.length > 0 && { cpus: Math.min(...cpus) }),
  }
}

/** A group and those around it. In a container the path may be one of the host, not to be seen. */
function foldersOf(controllers: string, group: string): readonly string[] {
  const root = controllers === '' ? ROOT : join(ROOT, controllers)
  const groups: string[] = []
  for (let at = group; at !== '/' && groups.length < 64; at = dirname(at)) groups.push(at)
  return [...groups, ''].map((at) => `${root}${at}`)
}

interface MemoryBound {
  readonly bytes: number
  readonly leftBytes: number
}

/** Version 1 has a huge number for none. */
const HUGE_BYTES = 2 ** 62

function memoryOf(files: SystemFiles, folder: string): readonly MemoryBound[] {
  const bytes =
    numberIn(files, `${folder}/memory.max`) ?? numberIn(files, `${folder}/memory.limit_in_bytes`)
  if (bytes === undefined || bytes >= HUGE_BYTES) return []
  const usedBytes =
    numberIn(files, `${folder}/memory.current`) ??
    numberIn(files, `${folder}/memory.usage_in_bytes`) ??
    0
  return [{ bytes, leftBytes: Math.max(0, bytes - usedBytes) }]
}

function cpusOf(files: SystemFiles, folder: string): readonly number[] {
  const [, quota, period] = /^(\d+) (\d+)$/.exec(files.text(`${folder}/cpu.max`) ?? '') ?? []
  const quotaUs = quota ? Number(quota) : numberIn(files, `${folder}/cpu.cfs_quota_us`)
  const periodUs = period ? Number(period) : numberIn(files, `${folder}/cpu.cfs_period_us`)
  if (quotaUs === undefined || !periodUs || quotaUs <= 0) return []
  return [quotaUs / periodUs]
}
