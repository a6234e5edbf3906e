import type { PersistentRegion } from '@pafka/pmem'

import type { ReadMemory } from '../read/read-memory.ts'

/** Called once when an operation ended; `bytes` moved, which may be fewer than asked. */
export type IoDone = (error: Error | null, bytes: number) => void

/** All but `write` need an existing file; all but `read` may write to it. */
export type OpenMode = 'read' | 'update' | 'write'

/** Memory, positions and lengths of direct I/O are multiples of it, on all file systems we know. */
export const DIRECT_BLOCK_BYTES: number = 4096

export interface FileStat {
  readonly sizeBytes: number
  readonly isFolder: boolean
  readonly modifiedMs: number
}

/**
 * A file at hand. Positions are explicit, so that a reader and the one writer share it. Operations
 * named `...Now` block the thread: for few bytes that the page cache takes or has. The others hand
 * over to a thread and report once; buffers stay borrowed until then. Errors are Node's system
 * errors (`code` is the errno name).
 */
export interface OpenFile {
  /** @returns bytes read, fewer than `into` holds only at the end of the file. */
  readNow(into: Uint8Array, positionBytes: number): number
  read(into: Uint8Array, positionBytes: number, done: IoDone): void
  /** Writes the pieces one after another. @returns bytes written, possibly short. */
  writeNow(pieces: readonly Uint8Array[], positionBytes: number): number
  write(pieces: readonly Uint8Array[], positionBytes: number, done: IoDone): void
  truncate(sizeBytes: number): void
  sizeBytes(): number
  /** Contents and size survive power loss once `done` ran without an error. */
  sync(done: IoDone): void
  syncNow(): void
  /** Of a file that is memory itself, bytes of it. They outlive `close`. */
  borrow?(positionBytes: number, lengthBytes: number): ReadMemory
  /** Idempotent. Nothing may be in flight. */
  close(): void
}

/** Holds a folder for one process; the kernel lets go of it when the process dies. */
export interface FolderLock {
  release(): Promise<void>
}

/**
 * Calls on names of a disk that may not answer, and that nobody but who asks is to wait for. They
 * reject with what the others of that name throw.
 */
export interface PatientCalls {
  makeFolder(path: string): Promise<void>
  open(path: string, mode: OpenMode): Promise<OpenFile>
  /** Of size 0, whether it was there or not. */
  create(path: string): Promise<OpenFile>
  /** As `FileSystem.openDirect`, not durable. */
  openDirect(path: string, mode: OpenMode): Promise<OpenFile | undefined>
  readFile(path: string): Promise<Uint8Array | undefined>
  rename(from: string, to: string): Promise<void>
}

/**
 * The files under a log. Calls on names (open, rename, ...) are synchronous: on a local disk they
 * take some 10 us, a trip through the thread pool five times that. What frees or syncs blocks is
 * not.
 */
export interface FileSystem {
  /** Off the thread; absent where there is no disk to wait for. */
  readonly patient?: PatientCalls
  /** @throws the system error; ENOENT for a missing file, but in mode `write`. */
  open(path: string, mode: OpenMode): OpenFile
  /**
   * Opens a file past the page cache: all memory, positions and lengths are multiples of
   * `DIRECT_BLOCK_BYTES`. With `durable` a write that ended survives power loss, with no sync.
   * @returns undefined where the file system or the platform has no such thing.
   * @throws the system error, as `open`
   */
  openDirect(path: string, mode: OpenMode, durable: boolean): OpenFile | undefined
  /**
   * Maps a file that is there, where memory is its medium: persistent memory, or a file system in
   * memory. Addresses behind its end are of use when it has grown so far.
   * @returns undefined elsewhere. @throws the system error
   */
  map(path: string, reserveBytes: number): PersistentRegion | undefined
  /** Whole contents, or undefined when there is no such file. For small files. */
  readFile(path: string): Uint8Array | undefined
  /** Creates or replaces. Not atomic, not durable. For small files. */
  writeFile(path: string, bytes: Uint8Array): void
  /** With missing parents; an existing folder is fine. */
  makeFolder(path: string): void
  /** Names in a folder, in any order. @throws ENOENT */
  list(path: string): string[]
  stat(path: string): FileStat | undefined
  /** Replaces `to` atomically. */
  rename(from: string, to: string): void
  /** Removes a file; a missing one is fine. Open files stay readable. */
  remove(path: string): Promise<void>
  /** Removes a folder with all it holds; a missing one is fine. */
  removeFolder(path: string): Promise<void>
  /** Makes names created, renamed or removed in a folder durable. */
  syncFolder(path: string): Promise<void>
  /**
   * Has the system write out all that waits for it on a folder's file system, for many files ten
   * times quicker than one after the other: syncs that follow are short. Promises nothing.
   */
  hastenSyncs(folder: string): Promise<void>
  /**
   * Whether what lies in a folder is in memory, as on tmpfs: gone with the power, whatever was
   * synced. False where that is not known.
   */
  isInMemory(folder: string): boolean
  /** @throws StorageError when another process (or another store of this one) holds the folder. */
  lock(folder: string): Promise<FolderLock>
}
