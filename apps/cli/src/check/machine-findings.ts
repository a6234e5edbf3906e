import { formatBytes, GIB, MIB } from '@pafka/base'

import { type Finding, found } from './finding.ts'
import type { MachineFacts } from './machine-facts.ts'

/** What the paths ask of the machine. */
export interface PathNeeds {
  /** Files are mapped: persistent memory, or a file system in memory. */
  readonly isMapped: boolean
  /** A disk is written through the page cache. */
  readonly isBuffered: boolean
}

/** Kept open for segments at once (2048), and as many connections as a small cluster has. */
const OPEN_FILES = 16_384
const MANY_OPEN_FILES = 65_536
/** A mapping for each of those segments, for those being replaced, and what Node has itself. */
const MAPS = 16_384
const DEFAULT_MAPS = 65_530
const IN_GROUP = 'MemoryMax=1G in the systemd unit, or docker update --memory 1g CONTAINER'
const LEAST_MEMORY_BYTES = 512 * MIB
/** One for the event loop, one for what the kernel and the threads for files do. */
const LEAST_CPUS = 2
const MOST_SWAPPINESS = 10
const MOST_DIRTY_BYTES = GIB
const GOOD_DIRTY_BYTES = 256 * MIB

/** Each of them says what it goes by. */
export function machineFindings(facts: MachineFacts, needs: PathNeeds): readonly Finding[] {
  return [
    found('node', facts.nodeVersion), // an older one was refused before
    openFiles(facts),
    memory(facts),
    cpus(facts),
    swappiness(facts),
    hugePages(facts),
    clockSource(facts),
    governor(facts),
    ...(needs.isMapped ? [memoryMaps(facts)] : []),
    ...(needs.isBuffered ? [dirtyPages(facts)] : []),
  ]
}

/**
 * Node raises the soft limit to the hard one, so that only that counts. Source: `getrlimit(2)`,
 * systemd.exec(5).
 */
function openFiles({ openFilesHard: hard }: MachineFacts): Finding {
  const isAmiss = hard !== undefined && hard < OPEN_FILES
  const amiss = isAmiss && {
    shouldBe: `${MANY_OPEN_FILES}`,
    why: 'the broker keeps up to 2048 files open, and each connection is one more',
    fix: `LimitNOFILE=${MANY_OPEN_FILES} in the systemd unit, or ulimit -Hn ${MANY_OPEN_FILES}`,
  }
  const is = hard === Number.MAX_SAFE_INTEGER ? 'unlimited' : hard?.toString()
  return found('open-files', is, amiss || undefined)
}

/** What is mapped counts against it. Source: Documentation/admin-guide/sysctl/vm.rst. */
function memoryMaps({ maxMapCount: count }: MachineFacts): Finding {
  const isAmiss = count !== undefined && count < MAPS
  const amiss = isAmiss && {
    shouldBe: `${DEFAULT_MAPS}`,
    why: 'each open segment on persistent memory is a mapping, and none can be opened beyond it',
    fix: `sysctl -w vm.max_map_count=${DEFAULT_MAPS}`,
  }
  return found('memory-maps', count?.toString(), amiss || undefined)
}

/** Source: Documentation/admin-guide/cgroup-v2.rst, `memory.max`. */
function memory({ memoryBytes, memoryLimitBytes }: MachineFacts): Finding {
  const limited = memoryLimitBytes === undefined ? '' : ', by a control group'
  const bytes = memoryLimitBytes ?? memoryBytes
  const amiss = bytes < LEAST_MEMORY_BYTES && {
    shouldBe: `${formatBytes(GIB)} or more`,
    why: 'what it holds for requests, answers and the newest records has no room beside Node',
    fix: memoryLimitBytes === undefined ? 'more memory' : IN_GROUP,
  }
  return found('memory', `${formatBytes(bytes)}${limited}`, amiss || undefined)
}

/**
 * Once its time is used up, all threads of a group stand still to the end of the period. Source:
 * Documentation/scheduler/sched-bwc.rst.
 */
function cpus({ cpus: count, cpuLimit }: MachineFacts): Finding {
  if (cpuLimit === undefined) return found('cpus', `${count}`)
  const amiss = cpuLimit < LEAST_CPUS && {
    shouldBe: `a quota of ${LEAST_CPUS} or more, or none`,
    why: 'when the quota is used up, all acks wait for the next period, of 100 ms as a rule',
    fix: 'CPUQuota=200% in the systemd unit, or docker update --cpus 2 CONTAINER',
  }
  return found('cpus', `${count}, a quota of ${cpuLimit}`, amiss || undefined)
}

/** Source: Documentation/admin-guide/sysctl/vm.rst, `swappiness`. */
function swappiness({ swappiness: value, swapBytes }: MachineFacts): Finding {
  if (swapBytes === 0) return found('swappiness', 'no swap')
  const isAmiss = value !== undefined && value > MOST_SWAPPINESS && swapBytes !== undefined
  const amiss = isAmiss && {
    shouldBe: '1',
    why: 'an idle part of the heap that was swapped out stops all connections when it is needed',
    fix: 'sysctl -w vm.swappiness=1',
  }
  return found('swappiness', value?.toString(), amiss || undefined)
}

/**
 * Large pages do no harm; to make them while somebody waits does. Source:
 * Documentation/admin-guide/mm/transhuge.rst, `defrag`.
 */
function hugePages({ hugePages: enabled, hugePagesDefrag: defrag }: MachineFacts): Finding {
  if (enabled === undefined || defrag === undefined) return found('huge-pages', enabled)
  const amiss = enabled === 'always' && defrag === 'always'
  const better = {
    shouldBe: 'defrag madvise',
    why: 'each growth of the heap may wait until the kernel has compacted memory',
    fix: 'echo madvise > /sys/kernel/mm/transparent_hugepage/defrag',
  }
  return found('huge-pages', `${enabled}, defrag ${defrag}`, amiss ? better : undefined)
}

/** Those that a process can only read through the kernel, and that it reads from a slow device. */
const SLOW_CLOCKS = new Set(['hpet', 'acpi_pm', 'jiffies', 'pit', 'refined-jiffies'])
/** Of virtual machines and processors, from the best on. */
const QUICK_CLOCKS = ['tsc', 'kvm-clock', 'hyperv_clocksource_tsc_page', 'arch_sys_counter']

/**
 * Source: Documentation/admin-guide/kernel-parameters.txt, `clocksource` and `tsc`;
 * Documentation/virt/kvm/x86/timekeeping.rst.
 */
function clockSource({ clockSource: source, clockSources = [] }: MachineFacts): Finding {
  if (source === undefined || !SLOW_CLOCKS.has(source)) return found('clock-source', source)
  const better = QUICK_CLOCKS.find((one) => clockSources.includes(one))
  const path = '/sys/devices/system/clocksource/clocksource0/current_clocksource'
  return found('clock-source', source, {
    shouldBe: better ?? 'tsc',
    why: 'the time is read for each request, and each look asks a slow device through the kernel',
    fix:
      better === undefined ? 'dmesg | grep -i -e clocksource -e tsc' : `echo ${better} > ${path}`,
  })
}

/** Their `powersave` follows the load, as others' `schedutil` does. */
const ADAPTIVE_DRIVERS = /^(intel_pstate|amd-pstate-epp|amd_pstate_epp)$/

/** Source: Documentation/admin-guide/pm/cpufreq.rst and intel_pstate.rst. */
function governor({ cpuGovernor: name, cpuDriver = '' }: MachineFacts): Finding {
  const isSlow =
    name === 'conservative' || (name === 'powersave' && !ADAPTIVE_DRIVERS.test(cpuDriver))
  const better = {
    shouldBe: 'performance',
    why: 'processors that are slow to speed up answer the first requests of a burst late',
    fix: 'cpupower frequency-set -g performance',
  }
  return found('cpu-governor', name, isSlow ? better : undefined)
}

/**
 * Of no weight where the broker writes past the page cache. Source:
 * Documentation/admin-guide/sysctl/vm.rst, `dirty_background_bytes`.
 */
function dirtyPages(facts: MachineFacts): Finding {
  const { dirtyBackgroundBytes, dirtyBackgroundRatio, memoryBytes } = facts
  if (dirtyBackgroundBytes === undefined || dirtyBackgroundRatio === undefined)
    return found('dirty-pages', undefined)
  const bytes = dirtyBackgroundBytes || (memoryBytes * dirtyBackgroundRatio) / 100
  const amiss = bytes > MOST_DIRTY_BYTES && {
    shouldBe: formatBytes(GOOD_DIRTY_BYTES),
    why: 'what others leave unwritten delays syncs of the page cache when it goes out',
    fix: `sysctl -w vm.dirty_background_bytes=${GOOD_DIRTY_BYTES}`,
  }
  return found(
    'dirty-pages',
    `written out from ${formatBytes(Math.round(bytes))} on`,
    amiss || undefined,
  )
}
