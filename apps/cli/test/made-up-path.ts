import type { CheckedPath } from '../src/check/check-report.ts'
import type { Measured } from '../src/check/measure-path.ts'

const GIB = 2 ** 30

/** @param p50Ms of durable writes */
export function madeUpMeasured(
  megabytes: number,
  p50Ms: number,
  more?: Partial<Measured>,
): Measured {
  const bytes = GIB
  const bytesPerSecond = megabytes * 1e6
  const speed = { bytes, seconds: bytes / bytesPerSecond, bytesPerSecond }
  return {
    io: 'direct',
    write: speed,
    durableWrites: { way: 'direct', count: 1000, p50Ms, p99Ms: 4 * p50Ms, maxMs: 9 * p50Ms },
    read: { ...speed, bytesPerSecond: 2 * bytesPerSecond },
    isReadFromCache: (more?.io ?? 'direct') !== 'direct',
    ...more,
  }
}

/** On an NVMe disk of which nothing needs to be changed. */
export function madeUpPath(more: Partial<CheckedPath> = {}): CheckedPath {
  return {
    path: '/nvme',
    realPath: '/nvme',
    fileSystem: 'ext4',
    mountPoint: '/nvme',
    mountOptions: ['rw', 'noatime'],
    source: '/dev/nvme0n1p1',
    disks: [
      {
        name: 'nvme0n1',
        isVirtual: false,
        isRotating: false,
        scheduler: 'none',
        schedulers: ['none', 'mq-deadline', 'bfq'],
        writeCache: 'write back',
      },
    ],
    totalBytes: 1000 * GIB,
    usableBytes: 900 * GIB,
    isInMemory: false,
    measured: madeUpMeasured(2000, 0.1),
    tier: 'NVME',
    ...more,
  }
}

/** On a platter of which nothing needs to be changed. */
export function madeUpPlatter(more: Partial<CheckedPath> = {}): CheckedPath {
  return madeUpPath({
    path: '/hdd',
    realPath: '/hdd',
    mountPoint: '/hdd',
    source: '/dev/sda1',
    disks: [
      {
        name: 'sda',
        isVirtual: false,
        isRotating: true,
        scheduler: 'mq-deadline',
        schedulers: ['none', 'mq-deadline', 'bfq'],
        writeCache: 'write back',
      },
    ],
    measured: madeUpMeasured(180, 9),
    tier: 'HDD',
    ...more,
  })
}
