import { expect, test } from 'vitest'

import { madeUpMeasured, madeUpPath, madeUpPlatter } from '../../test/made-up-path.ts'
import type { CheckedPath, CheckReport, RefusedPath } from './check-report.ts'
import { checkTable } from './check-table.ts'
import { type Finding, found } from './finding.ts'
import type { MachineFacts } from './machine-facts.ts'
import { pathFindings } from './path-findings.ts'

const machine: MachineFacts = {
  platform: 'linux',
  release: '6.12.0',
  nodeVersion: '26.10.0',
  cpus: 8,
  memoryBytes: 16 * 2 ** 30,
  clockSource: 'tsc',
}

function reportOf(
  paths: readonly (CheckedPath | RefusedPath)[],
  findings: readonly Finding[] = [],
): CheckReport {
  return { machine, paths, findings }
}

test('paths, and what to change', () => {
  const memory = madeUpPath({
    path: '/dev/shm',
    isInMemory: true,
    fileSystem: 'tmpfs',
    disks: [],
    mountPoint: '/dev/shm',
    source: 'tmpfs',
    measured: madeUpMeasured(4000, 0.0004, { io: 'memory' }),
  })
  const { tier: _, ...untiered } = memory
  const paths = [madeUpPath(), madeUpPlatter(), untiered]
  const findings = [found('cpu-governor', undefined), ...pathFindings(paths)]
  expect(checkTable(reportOf(paths, findings), false)).toBe(
    `linux 6.12.0, Node 26.10.0, 8 CPUs, 16 GiB of memory, clock tsc

                                write  read  ack p50     p99
path      file system  device    MB/s  MB/s       ms      ms  DAX  good for
/nvme     ext4         nvme0n1   2000  4000    0.100   0.400  no   NVME
/hdd      ext4         sda        180   360     9.00    36.0  no   HDD
/dev/shm  tmpfs        memory    4000  8000  0.00040  0.0016  no   tests
/dev/shm: in memory: no disk was measured

what      about        is     should be
/dev/shm  file-system  tmpfs  on a disk
  danger: it is memory: all of it is lost at a power cut or reboot, whatever was synced
  > choose a folder on a disk; for tests it is fine

not known here: cpu-governor
`,
  )
})

test('nothing to change, and all that was looked at', () => {
  const findings = [found('swappiness', '1'), found('clock-source', undefined)]
  const report = reportOf([], findings)
  const [head] = checkTable(report, false).split('\n')
  expect(checkTable(report, false)).toBe(
    `${head}\n\nnot known here: clock-source\nNothing needs to be changed.\n`,
  )
  expect(checkTable(report, true)).toBe(
    `${head}\n\nwhat     about         is         should be\n` +
      `machine  swappiness    1\nmachine  clock-source  not known\n`,
  )
  const refused = reportOf([{ path: '/x', error: 'is not there' }])
  expect(checkTable(refused, false)).toContain('\nNothing else needs to be changed.\n')
})

test('limits of control groups are told first', () => {
  const report = {
    ...reportOf([]),
    machine: { ...machine, cpuLimit: 1.5, memoryLimitBytes: 2 ** 30 },
  }
  const [head] = checkTable(report, false).split('\n')
  expect(head).toContain('8 CPUs (a quota of 1.5), 1 GiB of memory, clock tsc')
})

test('whatever is long, no line but a command is longer than 100 columns', () => {
  const long = `/mnt/${'a-long-name/'.repeat(8)}data`
  const paths = [
    madeUpPath({
      path: long,
      source: 'server.example.org:/exports/data',
      fileSystem: 'fuse.glusterfs',
      disks: [],
    }),
    madeUpPath({ measured: madeUpMeasured(99.94, 12.3, { io: 'buffered' }) }),
  ]
  const text = checkTable(reportOf(paths, pathFindings(paths)), true)
  const lines = text.split('\n').filter((line) => !line.startsWith('  > ') && !line.includes(long))
  expect(lines.filter((line) => line.length > 100)).toEqual([])
  expect(text).toContain('server.example.~')
  expect(text).toContain('/nvme: buffered writes and syncs')
  expect(text.split('\n')).toContain(long)
})
