import { statfsSync } from 'node:fs'

/** Source: linux/magic.h, and those of f2fs and zfs. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0xef53, 'ext4'], // and ext2, ext3
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0xf2f52010, 'f2fs'],
  [0x2fc12fc1, 'zfs'],
  [0x794c7630, 'overlayfs'],
  [0x01021997, '9p'],
  [0x65735546, 'fuse'],
  [0x6969, 'nfs'],
])

/** Which file system `path` is on. */
export function fileSystemName(path: string): string {
  const type = statfsSync(path).type >>> 0
  if (process.platform !== 'linux') return 'unknown' // others number them otherwise
  return NAMES.get(type) ?? `file system 0x${type.toString(16)}`
}
