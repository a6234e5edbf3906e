import type { FileStat, FileSystem, FolderLock, IoDone, OpenFile, OpenMode } from '@pafka/log'

/** What a power cut leaves of writes that were not synced. */
export type Remains = 'all' | 'none' | 'half'

/** One file: what a reader sees, and what is on the disk for sure. */
interface Inode {
  live: Buffer
  durable: Buffer
}

/**
 * Small files with a cut: from the operation `cutAt` on everything fails, and `afterCut` gives the
 * files that a restart finds. Writes count as safe after `sync`, names after `syncFolder`.
 */
export class PowerCutFiles implements FileSystem {
  readonly #live: Map<string, Inode>
  readonly #durable: Map<string, Inode>
  readonly #cutAt: number
  /** Operations that changed something, so far. */
  operations = 0
  syncs = 0
  /** So many operations fail next; those after them work again. */
  failNext = 0

  constructor(
    cutAt: number = Number.POSITIVE_INFINITY,
    files: ReadonlyMap<string, Buffer> = new Map(),
  ) {
    this.#cutAt = cutAt
    this.#live = new Map([...files].map(([path, bytes]) => [path, { live: bytes, durable: bytes }]))
    this.#durable = new Map(this.#live)
  }

  /** @param remains what the disk had got to of what nobody asked it to sync. */
  afterCut(remains: Remains): PowerCutFiles {
    const names = remains === 'all' ? this.#live : this.#durable
    const files = [...names].map(([path, { live, durable }]): [string, Buffer] => {
      if (remains === 'all') return [path, live]
      if (remains === 'none') return [path, durable]
      return [path, live.subarray(0, durable.length + ((live.length - durable.length) >> 1))]
    })
    return new PowerCutFiles(Number.POSITIVE_INFINITY, new Map(files))
  }

  contents(path: string): Buffer | undefined {
    return this.#live.get(path)?.live
  }

  openDirect(): undefined {}

  map(): undefined {}

  open(path: string, mode: OpenMode): OpenFile {
    let inode = this.#live.get(path)
    if (inode === undefined) {
      if (mode === 'read') throw systemError('ENOENT')
      this.#step()
      inode = { live: Buffer.alloc(0), durable: Buffer.alloc(0) }
      this.#live.set(path, inode)
    }
    return this.#file(inode)
  }

  readFile(path: string): Uint8Array | undefined {
    return this.#live.get(path)?.live
  }

  writeFile(path: string, bytes: Uint8Array): void {
    this.open(path, 'write').writeNow([bytes], 0)
  }

  makeFolder(): void {}

  list(folder: string): string[] {
    const names = [...this.#live.keys()].filter((path) => path.startsWith(`${folder}/`))
    return names.map((path) => path.slice(folder.length + 1))
  }

  stat(path: string): FileStat | undefined {
    const inode = this.#live.get(path)
    return inode && { sizeBytes: inode.live.length, isFolder: false, modifiedMs: 0 }
  }

  rename(from: string, to: string): void {
    const inode = this.#live.get(from)
    if (inode === undefined) throw systemError('ENOENT')
    this.#step()
    this.#live.delete(from)
    this.#live.set(to, inode)
  }

  async remove(path: string): Promise<void> {
    if (this.#live.has(path)) this.#step()
    this.#live.delete(path)
  }

  async removeFolder(): Promise<void> {}

  async hastenSyncs(): Promise<void> {}

  async syncFolder(): Promise<void> {
    this.#step()
    this.#durable.clear()
    for (const [path, inode] of this.#live) this.#durable.set(path, inode)
  }

  isInMemory(): boolean {
    return false
  }

  async lock(): Promise<FolderLock> {
    return { release: async () => {} }
  }

  #step(): void {
    this.operations += 1
    if (this.operations >= this.#cutAt) throw systemError('EIO')
    if (this.failNext === 0) return
    this.failNext -= 1
    throw systemError('ENOSPC')
  }

  #file(inode: Inode): OpenFile {
    const write = (pieces: readonly Uint8Array[], at: number): number => {
      this.#step()
      const bytes = Buffer.concat(pieces)
      const grown = Buffer.alloc(Math.max(inode.live.length, at + bytes.length))
      grown.set(inode.live)
      grown.set(bytes, at)
      inode.live = grown
      return bytes.length
    }
    const sync = (): void => {
      this.#step()
      this.syncs += 1
      inode.durable = inode.live
    }
    return {
      readNow: (into, at) => inode.live.copy(into, 0, at),
      read: (into, at, done) => done(null, inode.live.copy(into, 0, at)),
      writeNow: write,
      write: (pieces, at, done) => later(done, () => write(pieces, at)),
      truncate: (sizeBytes) => {
        this.#step()
        inode.live = inode.live.subarray(0, sizeBytes)
      },
      sizeBytes: () => inode.live.length,
      sync: (done) =>
        later(done, () => {
          sync()
          return 0
        }),
      syncNow: sync,
      close: () => {},
    }
  }
}

function later(done: IoDone, action: () => number): void {
  queueMicrotask(() => {
    let count = 0
    try {
      count = action()
    } catch (error) {
      return done(error instanceof Error ? error : new Error(String(error)), 0)
    }
    done(null, count)
  })
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}
