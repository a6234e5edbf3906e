import { describe, expect, test } from 'vitest'

import { madeUpSystem, type SystemTree } from '../../test/made-up-system.ts'
import { groupLimits } from './group-limits.ts'
import { type Host, machineFacts } from './machine-facts.ts'

const host: Host = {
  platform: 'linux',
  release: '6.12.0',
  nodeVersion: '26.10.0',
  cpus: 8,
  memoryBytes: 16 * 2 ** 30,
}

test('a machine without /proc has what Node knows, and nothing else', () => {
  const mac = { ...host, platform: 'darwin', release: '25.0.0' }
  expect(machineFacts(madeUpSystem({}), mac)).toEqual(mac)
})

test('a machine that tells all', () => {
  const clock = '/sys/devices/system/clocksource/clocksource0'
  const cpu = '/sys/devices/system/cpu/cpu0/cpufreq'
  const system = madeUpSystem({
    '/proc/meminfo': 'MemTotal:  16777216 kB\nMemAvailable:  8388608 kB\nSwapTotal:  1024 kB',
    '/proc/self/limits': 'Limit  Soft  Hard  Units\nMax open files  1024  unlimited  files',
    '/proc/sys/vm/max_map_count': '65530',
    '/proc/sys/vm/swappiness': '60',
    '/proc/sys/vm/dirty_background_bytes': '0',
    '/proc/sys/vm/dirty_background_ratio': '10',
    '/proc/sys/vm/dirty_bytes': '0',
    '/proc/sys/vm/dirty_ratio': '20',
    '/sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never',
    '/sys/kernel/mm/transparent_hugepage/defrag': 'always defer [madvise] never',
    [`${cpu}/scaling_governor`]: 'powersave',
    [`${cpu}/scaling_driver`]: 'intel_pstate',
    [`${clock}/current_clocksource`]: 'tsc',
    [`${clock}/available_clocksource`]: 'tsc hpet acpi_pm',
  })
  expect(machineFacts(system, host)).toEqual({
    ...host,
    availableBytes: 8 * 2 ** 30,
    swapBytes: 2 ** 20,
    openFilesSoft: 1024,
    openFilesHard: Number.MAX_SAFE_INTEGER,
    maxMapCount: 65_530,
    swappiness: 60,
    dirtyBackgroundBytes: 0,
    dirtyBackgroundRatio: 10,
    dirtyBytes: 0,
    dirtyRatio: 20,
    hugePages: 'madvise',
    hugePagesDefrag: 'madvise',
    cpuGovernor: 'powersave',
    cpuDriver: 'intel_pstate',
    clockSource: 'tsc',
    clockSources: ['tsc', 'hpet', 'acpi_pm'],
  })
})

const V1 = '4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/'
const GROUPS = '/sys/fs/cgroup'

describe('limits of control groups', () => {
  test.each<[string, SystemTree, ReturnType<typeof groupLimits>]>([
    ['none', {}, {}],
    [
      'version 2: the least of a group and those around it',
      {
        '/proc/self/cgroup': '0::/user.slice/pafka.service',
        [`${GROUPS}/user.slice/pafka.service/memory.max`]: 'max',
        [`${GROUPS}/user.slice/pafka.service/cpu.max`]: '400000 100000',
        [`${GROUPS}/user.slice/memory.max`]: '1000',
        [`${GROUPS}/user.slice/memory.current`]: '300',
        [`${GROUPS}/user.slice/cpu.max`]: '150000 100000',
        [`${GROUPS}/cpu.max`]: 'max 100000',
      },
      { memoryBytes: 1000, memoryUsedBytes: 300, cpus: 1.5 },
    ],
    [
      'version 2 in a container, whose group is the root',
      {
        '/proc/self/cgroup': '0::/',
        [`${GROUPS}/memory.max`]: '2000',
        [`${GROUPS}/cpu.max`]: '50000 100000',
      },
      { memoryBytes: 2000, memoryUsedBytes: 0, cpus: 0.5 },
    ],
    [
      'version 1 in a container, whose group is a path of the host',
      {
        '/proc/self/cgroup': V1,
        [`${GROUPS}/memory/memory.limit_in_bytes`]: '3000',
        [`${GROUPS}/memory/memory.usage_in_bytes`]: '1000',
        [`${GROUPS}/cpu,cpuacct/cpu.cfs_quota_us`]: '200000',
        [`${GROUPS}/cpu,cpuacct/cpu.cfs_period_us`]: '100000',
      },
      { memoryBytes: 3000, memoryUsedBytes: 1000, cpus: 2 },
    ],
    [
      'version 1 without limits',
      {
        '/proc/self/cgroup': V1,
        [`${GROUPS}/memory/memory.limit_in_bytes`]: '9223372036854771712',
        [`${GROUPS}/cpu,cpuacct/cpu.cfs_quota_us`]: '-1',
        [`${GROUPS}/cpu,cpuacct/cpu.cfs_period_us`]: '100000',
      },
      {},
    ],
    ['what is no group', { '/proc/self/cgroup': 'x\n7:pids:/a\n0::a' }, {}],
  ])('%s', (_, tree, expected) => {
    expect(groupLimits(madeUpSystem(tree))).toEqual(expected)
  })
})

test('only limits below what the machine has count', () => {
  const tree = (bytes: number, quota: string): SystemTree => ({
    '/proc/self/cgroup': '0::/',
    '/proc/meminfo': 'MemAvailable: 4 kB',
    [`${GROUPS}/memory.max`]: `${bytes}`,
    [`${GROUPS}/memory.current`]: '2000',
    [`${GROUPS}/cpu.max`]: quota,
  })
  expect(machineFacts(madeUpSystem(tree(3000, '100000 100000')), host)).toEqual({
    ...host,
    memoryLimitBytes: 3000,
    cpuLimit: 1,
    availableBytes: 1000,
  })
  const wide = machineFacts(madeUpSystem(tree(2 ** 40, '800000 100000')), host)
  expect(wide).toEqual({ ...host, availableBytes: 4096 })
})
