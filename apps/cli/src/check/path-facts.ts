import { realpath, stat, statfs } from 'node:fs/promises'

import { type Disk, disksOf } from './disks.ts'
import { mountOf } from './mounts.ts'
import type { SystemFiles } from './system-files.ts'

/** What is known of a folder before anything is written there; what is absent is not known. */
export interface PathFacts {
  /** As it was asked for. */
  readonly path: string
  readonly realPath: string
  readonly fileSystem?: string
  readonly mountPoint?: string
  readonly mountOptions?: readonly string[]
  /** What is mounted: `/dev/nvme0n1p1`. */
  readonly source?: string
  readonly disks: readonly Disk[]
  readonly totalBytes: number
  /** That this process may still take. */
  readonly usableBytes: number
}

/** How a folder lies on what is below it. Rejects with the system error. */
export interface FolderLook {
  readonly realPath: string
  readonly isFolder: boolean
  readonly totalBytes: number
  readonly usableBytes: number
}

export type LookAt = (path: string) => Promise<FolderLook>

export const lookAt: LookAt = async (path) => {
  const found = await realpath(path)
  const [entry, space] = await Promise.all([stat(found), statfs(found)])
  const { blocks, bavail, bsize } = space
  return {
    realPath: found,
    isFolder: entry.isDirectory(),
    totalBytes: blocks * bsize,
    usableBytes: bavail * bsize,
  }
}

export function pathFacts(files: SystemFiles, path: string, look: FolderLook): PathFacts {
  const { realPath, totalBytes, usableBytes } = look
  const mount = mountOf(files, realPath)
  if (mount === undefined) return { path, realPath, disks: [], totalBytes, usableBytes }
  return {
    path,
    realPath,
    fileSystem: mount.type,
    mountPoint: mount.mountPoint,
    mountOptions: mount.options,
    source: mount.source,
    disks: disksOf(files, mount),
    totalBytes,
    usableBytes,
  }
}
