/** Of a file system: all, and what this process may still take. Below 0: not known. */
export interface Space {
  readonly totalBytes: number
  readonly usableBytes: number
  /** Tells file systems apart; absent where it is not known. */
  readonly device?: number
}

/** Measures the file system that a folder lies on. */
export type SpaceOf = (folder: string) => Promise<Space>

/** Where there is nothing to measure. */
export const UNKNOWN_SPACE: Space = { totalBytes: -1, usableBytes: -1 }
