/** A segment that is to be moved. Whoever reads it meanwhile notices nothing. */
export interface MovableSegment {
  readonly sizeBytes: number
  /** It was deleted, compacted or cut since: that it cannot be read is nobody's fault. */
  readonly isGone: boolean
  /**
   * Reads its file, past the page cache where that can be.
   * @param into aligned memory, as `alignedMemory` makes it
   * @param positionBytes a multiple of `DIRECT_BLOCK_BYTES`
   * @returns bytes read; fewer than `into` holds only at the end
   */
  read(into: Buffer, positionBytes: number): Promise<number>
  /** Begins a copy; what a try before this left there goes. Rejects with the system error. */
  beginCopy(): Promise<SegmentCopy>
  /** Call when it was moved or given up. */
  release(): void
}

/** What will be the segment once it is committed. All reject with the system error. */
export interface SegmentCopy {
  /**
   * @param bytes aligned memory, of whole blocks but for the last of the segment
   * @param positionBytes a multiple of `DIRECT_BLOCK_BYTES`
   */
  write(bytes: Buffer, positionBytes: number): Promise<void>
  /** File and name outlive power loss. */
  sync(): Promise<void>
  /** Reads back what the medium has. As `MovableSegment.read`. */
  read(into: Buffer, positionBytes: number): Promise<number>
  /**
   * The one step that moves the segment, durably; the old copy goes when its last reader lets go.
   * @returns false when the segment was deleted, compacted or cut meanwhile: then the copy goes
   */
  commit(): Promise<boolean>
  /** The copy goes. */
  abandon(): Promise<void>
}
