import { formatBytes, GIB } from '@pafka/base'

import type { CheckedPath } from './check-report.ts'
import { diskFindings } from './disk-findings.ts'
import { type Finding, found, quoted } from './finding.ts'
import { mountFindings } from './mount-findings.ts'

/** Acks that take so long are felt by each producer that waits for one before the next. */
const SLOW_MS = 2
/** A platter that turns 15,000 times a minute needs so long for half a turn. */
const HALF_TURN_MS = 2
/** So many times quicker is worth another folder for the journal. */
const WORTH_MOVING = 4

/**
 * All about the paths that can be used: what is mounted, on which disks, and what was measured.
 * Between paths too: which share a disk, and which is best for the journal.
 */
export function pathFindings(paths: readonly CheckedPath[]): readonly Finding[] {
  const best = paths
    .filter(({ isInMemory }) => !isInMemory)
    .toSorted((a, b) => ackMs(a) - ackMs(b))[0]
  return paths.flatMap((one, at) => [
    ...mountFindings(one),
    ...diskFindings(one),
    ...[directIo(one), persistentMemory(one), ...ackTime(one, paths[0], best), freeSpace(one)]
      .flatMap((finding) => finding ?? [])
      .map((finding) => ({ ...finding, path: one.path })),
    ...sharedDisk(one, paths.slice(0, at)),
  ])
}

/** Source: open(2), `O_DIRECT`. */
function directIo({ isInMemory, measured, mountOptions }: CheckedPath): Finding | undefined {
  if (isInMemory) return undefined // there is no cache to go past
  // what ext4 does not heed is said of its mount
  const is = measured.isReadFromCache ? 'asked for, and not done' : 'yes'
  if (measured.io === 'direct') return found('direct-io', is)
  if (mountOptions === undefined) return found('direct-io', 'no')
  return found('direct-io', 'no', {
    shouldBe: 'yes, as on ext4 or xfs',
    why: 'each ack is a write and a sync, and segments push others out of the page cache',
    fix: 'log.journal.dir=FOLDER, on ext4 or xfs, in server.properties',
  })
}

/**
 * A file system on persistent memory is only used as memory when it is mounted so. Sources:
 * Documentation/filesystems/dax.rst, Documentation/ABI/testing/sysfs-bus-nvdimm.
 */
function persistentMemory(path: CheckedPath): Finding | undefined {
  const { mapped, isInMemory, disks, source = '', mountPoint = '', fileSystem } = path
  const point = quoted(mountPoint)
  if (isInMemory) return undefined
  if (mapped === undefined) {
    if (!disks.some(({ name }) => name.startsWith('pmem'))) return found('dax', 'no')
    const option = fileSystem === 'ext4' || fileSystem === 'xfs' ? 'dax=always' : 'dax'
    return found('dax', 'no', {
      shouldBe: 'mounted with dax',
      why: 'on persistent memory an ack then is stores and a fence, without a call of the system',
      fix: `umount ${point} && mount -o ${option} ${quoted(source)} ${point}`,
    })
  }
  const is = mapped.isPowerSafe ? 'yes, power-safe' : 'yes, not known to be power-safe'
  if (mapped.isPowerSafe) return found('dax', is)
  return found('dax', is, {
    state: 'danger',
    shouldBe: 'power-safe',
    why: mapped.why,
    fix: 'ndctl list -R --human (persistence_domain of the region)',
  })
}

function ackMs({ measured }: CheckedPath): number {
  return measured.durableWrites.p50Ms
}

/**
 * What each ack takes at least, where the journal lies: in the first path, if nothing else is
 * said. Source: Documentation/block/writeback_cache_control.rst.
 */
function ackTime(
  one: CheckedPath,
  first: CheckedPath | undefined,
  best: CheckedPath | undefined,
): readonly Finding[] {
  const p50Ms = ackMs(one)
  const is = `${p50Ms < 1 ? p50Ms.toFixed(3) : p50Ms.toFixed(1)} ms`
  if (one.isInMemory) return []
  const platter = one.disks.find((disk) => disk.isRotating === true && !disk.isVirtual)
  if (platter?.writeCache === 'write back' && p50Ms < HALF_TURN_MS) {
    return [
      found('durable-write', is, {
        shouldBe: 'half a turn of the disk, 4 ms',
        why: 'no platter turns so soon: it lies in a cache, and is lost unless that has a battery',
        fix: `hdparm -W 0 /dev/${platter.name}`,
      }),
    ]
  }
  const isElsewhere = one !== first && first !== undefined && ackMs(first) < SLOW_MS
  if (p50Ms < SLOW_MS || isElsewhere) return [found('durable-write', is)]
  const isWorth = best !== undefined && ackMs(best) * WORTH_MOVING <= p50Ms
  const folder = isWorth ? quoted(`${best.path}/journal`) : 'FOLDER'
  return [
    found('durable-write', is, {
      shouldBe: `less than ${SLOW_MS} ms, where the journal lies`,
      why: 'each ack waits so long; a disk with power-loss protection needs less than 0.1 ms',
      fix: `log.journal.dir=${folder} in server.properties`,
    }),
  ]
}

/** Where producers begin to be slowed: docs/durability.md. */
function freeSpace({ totalBytes, usableBytes }: CheckedPath): Finding {
  const leastBytes = Math.min(2 * GIB, totalBytes / 50)
  const is = `${formatBytes(usableBytes)} of ${formatBytes(totalBytes)}`
  const isLittle = usableBytes < leastBytes
  return found(
    'free-space',
    is,
    isLittle
      ? {
          state: 'danger',
          shouldBe: `${formatBytes(Math.ceil(leastBytes))} or more`,
          why: 'producers are slowed when less is left, and then refused',
          fix: 'make room, or choose another disk',
        }
      : undefined,
  )
}

/** What one path is given the other does not have, be it speed or room. */
function sharedDisk(one: CheckedPath, before: readonly CheckedPath[]): readonly Finding[] {
  const names = new Set(one.disks.map(({ name }) => name))
  for (const other of before) {
    const disk = other.disks.find(({ name }) => names.has(name))?.name
    const isSame =
      disk !== undefined || (one.mountPoint !== undefined && one.mountPoint === other.mountPoint)
    if (!isSame) continue
    return [
      {
        ...found(
          'shared-disk',
          `one disk with ${other.path}${disk === undefined ? '' : `: ${disk}`}`,
          {
            shouldBe: 'a disk for each',
            why: 'they share its speed; a move within one volume makes no room',
            fix: 'choose folders on different disks, or give the broker one of them only',
          },
        ),
        path: one.path,
      },
    ]
  }
  return []
}
