/** What a folder on persistent memory promises: a log dir's, or the journal's. */
export interface MappedDir {
  readonly dir: string
  /** What was acknowledged outlives a power cut, as far as that could be probed. */
  readonly isPowerSafe: boolean
  /** One sentence for people. */
  readonly why: string
}
