import { type Amiss, type Finding, found, quoted } from './finding.ts'
import type { PathFacts } from './path-facts.ts'

/** What is said of a file system by its type, first match. */
const TYPES: readonly (readonly [RegExp, Amiss])[] = [
  [
    /^(tmpfs|ramfs|devtmpfs)$/,
    {
      state: 'danger',
      shouldBe: 'on a disk',
      why: 'it is memory: all of it is lost at a power cut or reboot, whatever was synced',
      fix: 'choose a folder on a disk; for tests it is fine',
    },
  ],
  [
    /^(overlay|aufs)$/,
    {
      state: 'danger',
      shouldBe: 'a volume',
      why: 'it is a layer of a container: all of it is gone with the container',
      fix: 'docker run -v pafka-data:PATH ...',
    },
  ],
  [
    /^(nfs4?|cifs|smb3|smbfs|ceph|glusterfs|afs|lustre)$/,
    {
      shouldBe: 'a disk of this machine',
      why: 'each ack waits for the network, and what a sync means is the word of the server',
      fix: 'log.journal.dir=FOLDER, on a disk of this machine, in server.properties',
    },
  ],
  [
    /^(9p|virtiofs|vboxsf|drvfs|fuse(\..*)?)$/,
    {
      shouldBe: 'ext4 or xfs',
      why: 'what a sync means is the word of a program, and direct I/O often none at all',
      fix: 'log.journal.dir=FOLDER, on ext4 or xfs, in server.properties',
    },
  ],
  [
    /^(zfs|bcachefs|nilfs2?)$/,
    {
      shouldBe: 'ext4 or xfs for the journal',
      why: 'it never writes in place, so blocks that were written ahead do not make syncs quicker',
      fix: 'log.journal.dir=FOLDER, on ext4 or xfs, in server.properties',
    },
  ],
]

/** From what is mounted, and how. Says nothing where the system does not tell. */
export function mountFindings(facts: PathFacts): readonly Finding[] {
  const { path, fileSystem, mountOptions } = facts
  if (fileSystem === undefined || mountOptions === undefined) {
    return [{ ...found('file-system', undefined), path }]
  }
  const options = new Set(mountOptions)
  const mount: MountFacts = { point: facts.mountPoint ?? path, type: fileSystem, options }
  const isOnDisk = facts.source?.startsWith('/dev/') === true
  const rules = isOnDisk ? [accessTimes, syncedWrites, barriers, journalData, discards] : []
  const findings = [
    typeFinding(facts, options),
    ...rules.flatMap((rule) => rule(mount, facts) ?? []),
  ]
  return findings.map((one) => ({ ...one, path }))
}

interface MountFacts {
  readonly point: string
  readonly type: string
  readonly options: ReadonlySet<string>
}

/**
 * btrfs writes in place where a file was made in a folder with the attribute. Source: btrfs(5),
 * `nodatacow`; Documentation/filesystems/overlayfs.rst; tmpfs.rst.
 */
function typeFinding({ fileSystem, path }: PathFacts, options: ReadonlySet<string>): Finding {
  const is = fileSystem
  if (fileSystem === 'btrfs' && !options.has('nodatacow')) {
    return found('file-system', is, {
      shouldBe: 'btrfs without copies on write, or ext4 or xfs',
      why: 'it never writes in place; chattr tells it to, for files that are made afterwards',
      fix: `chattr +C ${quoted(path)}`,
    })
  }
  const amiss = TYPES.find(([pattern]) => pattern.test(fileSystem ?? ''))?.[1]
  const fix = amiss?.fix.replace('PATH', quoted(path))
  return found('file-system', is, amiss && { ...amiss, fix: fix ?? amiss.fix })
}

/**
 * With relatime, the default, a read marks a file only once after a write: noatime would save next
 * to nothing here. Source: mount(8), `strictatime`.
 */
function accessTimes({ point, options }: MountFacts): Finding {
  const is = ['noatime', 'relatime', 'strictatime'].find((one) => options.has(one))
  // the kernel does not print strictatime, which is the absence of both others
  const amiss = (is === undefined || is === 'strictatime') && {
    shouldBe: 'noatime',
    why: 'each read of a segment has its time written, on the disk that acks wait for',
    fix: `mount -o remount,noatime ${quoted(point)}`,
  }
  return found('mount-access-times', is ?? 'strictatime', amiss || undefined)
}

/** Source: mount(8), `sync`. */
function syncedWrites({ point, options }: MountFacts): Finding {
  const isAmiss = options.has('sync')
  const amiss = isAmiss && {
    shouldBe: 'async',
    why: 'each piece that is written behind acks is synced by itself, and delays them',
    fix: `mount -o remount,async ${quoted(point)}`,
  }
  return found('mount-sync', isAmiss ? 'sync' : 'async', amiss || undefined)
}

/**
 * Without, an fdatasync does not reach a disk with a cache. Source:
 * Documentation/admin-guide/ext4.rst, `barrier`; Documentation/block/writeback_cache_control.rst.
 */
function barriers({ point, type, options }: MountFacts, { disks }: PathFacts): Finding {
  const isOff = options.has('nobarrier') || options.has('barrier=0')
  // a disk without a cache has nothing to write out
  const mayHaveCache =
    disks.length === 0 || disks.some(({ writeCache }) => writeCache !== 'write through')
  const amiss = isOff &&
    mayHaveCache && {
      state: 'danger' as const,
      shouldBe: 'barrier',
      why: 'what was acknowledged lies in the cache of the disk, and a power cut takes it',
      fix: `mount -o remount,${type === 'ext4' ? 'barrier=1' : 'barrier'} ${quoted(point)}`,
    }
  return found('mount-barrier', isOff ? 'nobarrier' : 'barrier', amiss || undefined)
}

/**
 * With data=journal ext4 writes all twice and takes no direct I/O. It is not changed by a remount.
 * Source: Documentation/admin-guide/ext4.rst, `data`; Documentation/filesystems/ext4/journal.rst.
 */
function journalData(
  { point, type, options }: MountFacts,
  { source }: PathFacts,
): Finding | undefined {
  if (type !== 'ext4' && type !== 'ext3') return undefined
  const is = [...options].find((option) => option.startsWith('data=')) ?? 'data=ordered'
  const device = quoted(source ?? '')
  const amiss = is === 'data=journal' && {
    shouldBe: 'data=ordered',
    why: 'all is written twice, and not past the page cache; set it in /etc/fstab as well',
    fix: `umount ${quoted(point)} && mount -o data=ordered ${device} ${quoted(point)}`,
  }
  return found('mount-data', is, amiss || undefined)
}

/**
 * A deleted segment is a GiB to be told at once. btrfs does that in the background; the host of a
 * virtual disk wants to know it. Source: Documentation/admin-guide/ext4.rst, `discard`; fstrim(8).
 */
function discards({ point, type, options }: MountFacts, { disks }: PathFacts): Finding | undefined {
  const isOn = options.has('discard')
  const isReal = disks.length > 0 && disks.every(({ isVirtual }) => !isVirtual)
  const amiss = isOn &&
    isReal &&
    (type === 'ext4' || type === 'xfs') && {
      shouldBe: 'nodiscard, and fstrim once a week',
      why: 'when retention deletes segments, the disk is busy with it, and acks wait',
      fix: `mount -o remount,nodiscard ${quoted(point)} && systemctl enable --now fstrim.timer`,
    }
  return found('mount-discard', isOn ? 'discard' : 'nodiscard', amiss || undefined)
}
