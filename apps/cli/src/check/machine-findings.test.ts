import { expect, test } from 'vitest'

import type { MachineFacts } from './machine-facts.ts'
import { machineFindings } from './machine-findings.ts'

const GIB = 2 ** 30

/** Of which nothing needs to be changed. */
const sound: MachineFacts = {
  platform: 'linux',
  release: '6.12.0',
  nodeVersion: '26.10.0',
  cpus: 8,
  memoryBytes: 16 * GIB,
  swapBytes: GIB,
  openFilesSoft: 1_048_576,
  openFilesHard: 1_048_576,
  maxMapCount: 65_530,
  swappiness: 1,
  hugePages: 'always',
  hugePagesDefrag: 'madvise',
  dirtyBackgroundBytes: 256 * 2 ** 20,
  dirtyBackgroundRatio: 0,
  cpuGovernor: 'schedutil',
  cpuDriver: 'acpi-cpufreq',
  clockSource: 'tsc',
  clockSources: ['tsc', 'hpet'],
}

const needs = { isMapped: true, isBuffered: true }

function amiss(facts: Partial<MachineFacts>): readonly (string | undefined)[] {
  const findings = machineFindings({ ...sound, ...facts }, needs)
  return findings.flatMap(({ state, topic, is, fix }) => (state === 'good' ? [] : [topic, is, fix]))
}

test('of a sound machine nothing needs to be changed, and all is listed', () => {
  expect(amiss({})).toEqual([])
  const topics = machineFindings(sound, needs).map(({ topic }) => topic)
  expect(topics).toEqual([
    ...['node', 'open-files', 'memory', 'cpus', 'swappiness', 'huge-pages', 'clock-source'],
    ...['cpu-governor', 'memory-maps', 'dirty-pages'],
  ])
})

const CLOCK = '/sys/devices/system/clocksource/clocksource0/current_clocksource'

test.each<[Partial<MachineFacts>, string, string, string]>([
  [
    { openFilesHard: 4096 },
    ...(['open-files', '4096'] as const),
    'LimitNOFILE=65536 in the systemd unit, or ulimit -Hn 65536',
  ],
  [{ maxMapCount: 4096 }, 'memory-maps', '4096', 'sysctl -w vm.max_map_count=65530'],
  [{ memoryBytes: GIB / 4 }, 'memory', '256 MiB', 'more memory'],
  [
    { memoryLimitBytes: GIB / 4 },
    ...(['memory', '256 MiB, by a control group'] as const),
    'MemoryMax=1G in the systemd unit, or docker update --memory 1g CONTAINER',
  ],
  [
    { cpuLimit: 0.5 },
    ...(['cpus', '8, a quota of 0.5'] as const),
    'CPUQuota=200% in the systemd unit, or docker update --cpus 2 CONTAINER',
  ],
  [{ swappiness: 60 }, 'swappiness', '60', 'sysctl -w vm.swappiness=1'],
  [
    { hugePagesDefrag: 'always' },
    ...(['huge-pages', 'always, defrag always'] as const),
    'echo madvise > /sys/kernel/mm/transparent_hugepage/defrag',
  ],
  [
    { clockSource: 'hpet', clockSources: ['hpet', 'acpi_pm', 'kvm-clock', 'tsc'] },
    ...(['clock-source', 'hpet', `echo tsc > ${CLOCK}`] as const),
  ],
  [
    { clockSource: 'acpi_pm', clockSources: ['acpi_pm'] },
    ...(['clock-source', 'acpi_pm', 'dmesg | grep -i -e clocksource -e tsc'] as const),
  ],
  [
    { cpuGovernor: 'powersave' },
    ...(['cpu-governor', 'powersave', 'cpupower frequency-set -g performance'] as const),
  ],
  [
    { cpuGovernor: 'conservative', cpuDriver: 'intel_pstate' },
    ...(['cpu-governor', 'conservative', 'cpupower frequency-set -g performance'] as const),
  ],
  [
    { dirtyBackgroundBytes: 0, dirtyBackgroundRatio: 10 },
    ...(['dirty-pages', 'written out from 1.6 GiB on'] as const),
    'sysctl -w vm.dirty_background_bytes=268435456',
  ],
])('%o', (facts, topic, is, fix) => {
  expect(amiss(facts)).toEqual([topic, is, fix])
})

test.each<[Partial<MachineFacts>]>([
  [{ swappiness: 60, swapBytes: 0 }],
  [{ cpuGovernor: 'powersave', cpuDriver: 'intel_pstate' }],
  [{ hugePages: 'never', hugePagesDefrag: 'always' }],
  [{ cpuLimit: 4 }],
  [{ clockSource: 'kvm-clock' }],
  [{ clockSource: 'arch_sys_counter' }],
  [{ openFilesHard: Number.MAX_SAFE_INTEGER }],
])('%o needs no change', (facts) => {
  expect(amiss(facts)).toEqual([])
})

test('what concerns mapped or buffered files is said only where there are such', () => {
  const facts = { ...sound, maxMapCount: 1, dirtyBackgroundBytes: 8 * GIB }
  const findings = machineFindings(facts, { isMapped: false, isBuffered: false })
  expect(findings.filter(({ state }) => state !== 'good')).toEqual([])
})

test('on a system that tells nothing all but what Node knows is unknown', () => {
  const { platform, release, nodeVersion, cpus, memoryBytes } = sound
  const mac = { platform, release, nodeVersion, cpus, memoryBytes }
  const findings = machineFindings(mac, needs)
  const states = Object.groupBy(findings, ({ state }) => state)
  expect(states.good?.map(({ topic }) => topic)).toEqual(['node', 'memory', 'cpus'])
  expect(states.unknown).toHaveLength(7)
  expect(findings).toHaveLength(10)
})
