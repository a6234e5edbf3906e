/** A log dir, and what its file system has. */
export interface DirSpace {
  /** Tells file systems apart; undefined where it is not known. */
  readonly device: number | undefined
  /** Below 0: not known. */
  readonly usableBytes: number
  /** That it may take besides what it has; infinite without a limit. */
  readonly wantedBytes: number
}

/**
 * What each of some dirs may take, so that all of them can: those of one file system share what is
 * free there in equal parts, and what one may not take is for the others. Below 0: not known.
 */
export function sharedSpace(dirs: readonly DirSpace[]): number[] {
  const shares = dirs.map(({ usableBytes }) => usableBytes)
  for (const sharing of byDevice(dirs).values()) {
    const usable = sharing.map(({ dir }) => dir.usableBytes)
    let leftBytes = Math.min(...usable) // they were asked one after the other
    const frugalFirst = sharing.toSorted((a, b) => a.dir.wantedBytes - b.dir.wantedBytes)
    for (const [done, { dir, at }] of frugalFirst.entries()) {
      const part = Math.floor(leftBytes / (sharing.length - done))
      const share = Math.min(part, Math.max(0, dir.wantedBytes))
      shares[at] = share
      leftBytes -= share
    }
  }
  return shares
}

/** Places in the list of those that share a file system. */
export function sharingDirs(dirs: readonly DirSpace[]): number[][] {
  const shared = [...byDevice(dirs).values()].filter((sharing) => sharing.length > 1)
  return shared.map((sharing) => sharing.map(({ at }) => at))
}

function byDevice(dirs: readonly DirSpace[]): Map<number, { dir: DirSpace; at: number }[]> {
  const found = new Map<number, { dir: DirSpace; at: number }[]>()
  for (const [at, dir] of dirs.entries()) {
    if (dir.device === undefined || dir.usableBytes < 0) continue
    const sharing = found.get(dir.device) ?? []
    found.set(dir.device, sharing)
    sharing.push({ dir, at })
  }
  return found
}
