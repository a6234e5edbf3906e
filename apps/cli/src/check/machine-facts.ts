import { groupLimits } from './group-limits.ts'
import { choiceIn, numberIn, type SystemFiles } from './system-files.ts'

/** What Node knows on every system. */
export interface Host {
  readonly platform: string
  readonly release: string
  readonly nodeVersion: string
  readonly cpus: number
  readonly memoryBytes: number
}

/** What is absent is not known here. */
export interface MachineFacts extends Host {
  /** Of a control group; as the next two. */
  readonly memoryLimitBytes?: number
  readonly cpuLimit?: number
  /** That may be taken before something else has to go. */
  readonly availableBytes?: number
  readonly swapBytes?: number
  /** Of open files. Node has raised the soft one to the hard one. */
  readonly openFilesSoft?: number
  readonly openFilesHard?: number
  readonly maxMapCount?: number
  readonly swappiness?: number
  readonly hugePages?: string
  readonly hugePagesDefrag?: string
  /** 0 where the ratio counts. */
  readonly dirtyBackgroundBytes?: number
  readonly dirtyBackgroundRatio?: number
  readonly dirtyBytes?: number
  readonly dirtyRatio?: number
  readonly cpuGovernor?: string
  readonly cpuDriver?: string
  readonly clockSource?: string
  readonly clockSources?: readonly string[]
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Numbers that are alone in a file. Source: Documentation/admin-guide/sysctl/vm.rst. */
const NUMBERS = {
  maxMapCount: '/proc/sys/vm/max_map_count',
  swappiness: '/proc/sys/vm/swappiness',
  dirtyBackgroundBytes: '/proc/sys/vm/dirty_background_bytes',
  dirtyBackgroundRatio: '/proc/sys/vm/dirty_background_ratio',
  dirtyBytes: '/proc/sys/vm/dirty_bytes',
  dirtyRatio: '/proc/sys/vm/dirty_ratio',
} as const

/** Source: Documentation/admin-guide/mm/transhuge.rst. */
const HUGE_PAGES = '/sys/kernel/mm/transparent_hugepage'
/** Source: Documentation/admin-guide/pm/cpufreq.rst. */
const CPU = '/sys/devices/system/cpu/cpu0/cpufreq'
/** Source: Documentation/virt/kvm/x86/timekeeping.rst, and the kernel's parameter `clocksource`. */
const CLOCK = '/sys/devices/system/clocksource/clocksource0'

export function machineFacts(files: SystemFiles, host: Host): MachineFacts {
  const facts: Partial<Writable<MachineFacts>> = {}
  for (const [key, path] of Object.entries(NUMBERS)) {
    const value = numberIn(files, path)
    if (value !== undefined) facts[key as keyof typeof NUMBERS] = value
  }
  const limits = groupLimits(files)
  const availableBytes = available(files, limits)
  const sources = files.text(`${CLOCK}/available_clocksource`)?.split(/\s+/)
  const words = {
    hugePages: choiceIn(files, `${HUGE_PAGES}/enabled`)?.chosen,
    hugePagesDefrag: choiceIn(files, `${HUGE_PAGES}/defrag`)?.chosen,
    cpuGovernor: files.text(`${CPU}/scaling_governor`),
    cpuDriver: files.text(`${CPU}/scaling_driver`),
    clockSource: files.text(`${CLOCK}/current_clocksource`),
  }
  for (const [key, word] of Object.entries(words)) {
    if (word !== undefined) facts[key as keyof typeof words] = word
  }
  const swapBytes = memoryInfo(files, 'SwapTotal')
  const isLimited = limits.memoryBytes !== undefined && limits.memoryBytes < host.memoryBytes
  return {
    ...host,
    ...facts,
    ...openFiles(files),
    ...(sources && { clockSources: sources }),
    ...(isLimited && limits.memoryBytes !== undefined && { memoryLimitBytes: limits.memoryBytes }),
    ...(limits.cpus !== undefined && limits.cpus < host.cpus && { cpuLimit: limits.cpus }),
    ...(availableBytes === undefined ? {} : { availableBytes }),
    ...(swapBytes === undefined ? {} : { swapBytes }),
  }
}

function available(
  files: SystemFiles,
  { memoryBytes, memoryUsedBytes = 0 }: ReturnType<typeof groupLimits>,
): number | undefined {
  const free = memoryInfo(files, 'MemAvailable')
  const left = memoryBytes === undefined ? Number.POSITIVE_INFINITY : memoryBytes - memoryUsedBytes
  return free === undefined ? undefined : Math.max(0, Math.min(free, left))
}

function memoryInfo(files: SystemFiles, key: string): number | undefined {
  const text = files.text('/proc/meminfo') ?? ''
  const [, kilobytes] = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text) ?? []
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

function openFiles(files: SystemFiles): Pick<MachineFacts, 'openFilesSoft' | 'openFilesHard'> {
  const text = files.text('/proc/self/limits') ?? ''
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text) ?? []
  if (soft === undefined || hard === undefined) return {}
  return { openFilesSoft: limitOf(soft), openFilesHard: limitOf(hard) }
}

/** JSON has no infinity. */
function limitOf(text: string): number {
  return text === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(text)
}
