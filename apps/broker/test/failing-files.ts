import { type FileSystem, memoryFileSystem, type OpenFile } from '@pafka/log'

/** A file system whose disk dies at the operation `failAt`, counted from when that was set. */
export class FailingFiles {
  /** What the code under test works with. */
  readonly files: FileSystem
  operations = 0
  failAt: number = Number.POSITIVE_INFINITY
  readonly #disk: FileSystem

  constructor(disk: FileSystem = memoryFileSystem()) {
    this.#disk = disk
    this.files = {
      open: (path, mode) => {
        if (disk.stat(path) === undefined && mode === 'write') this.#step()
        return this.#watched(disk.open(path, mode))
      },
      openDirect: () => undefined,
      map: () => undefined,
      readFile: (path) => disk.readFile(path),
      list: (path) => disk.list(path),
      stat: (path) => disk.stat(path),
      isInMemory: (folder) => disk.isInMemory(folder),
      lock: (folder) => disk.lock(folder),
      writeFile: (path, bytes) => this.#after(() => disk.writeFile(path, bytes)),
      makeFolder: (path) => this.#after(() => disk.makeFolder(path)),
      rename: (from, to) => this.#after(() => disk.rename(from, to)),
      remove: async (path) => this.#after(() => disk.remove(path)),
      removeFolder: async (path) => this.#after(() => disk.removeFolder(path)),
      hastenSyncs: async () => undefined,
      syncFolder: async (path) => this.#after(() => disk.syncFolder(path)),
    }
  }

  /** What a process finds that starts after this one was killed. */
  async copyOf(folder: string): Promise<FileSystem> {
    const copy = memoryFileSystem()
    copyFolder(this.#disk, copy, folder)
    return copy
  }

  #step(): void {
    this.operations += 1
    if (this.operations >= this.failAt) throw Object.assign(new Error('EIO'), { code: 'EIO' })
  }

  #after<Result>(action: () => Result): Result {
    this.#step()
    return action()
  }

  #watched(file: OpenFile): OpenFile {
    return {
      readNow: (into, at) => file.readNow(into, at),
      read: (into, at, done) => file.read(into, at, done),
      sizeBytes: () => file.sizeBytes(),
      close: () => file.close(),
      writeNow: (pieces, at) => this.#after(() => file.writeNow(pieces, at)),
      truncate: (sizeBytes) => this.#after(() => file.truncate(sizeBytes)),
      syncNow: () => this.#after(() => file.syncNow()),
      write: (pieces, at, done) => {
        try {
          this.#after(() => file.write(pieces, at, done))
        } catch (error) {
          queueMicrotask(() => done(error as Error, 0))
        }
      },
      sync: (done) => {
        try {
          this.#after(() => file.sync(done))
        } catch (error) {
          queueMicrotask(() => done(error as Error, 0))
        }
      },
    }
  }
}

function copyFolder(from: FileSystem, to: FileSystem, folder: string): void {
  to.makeFolder(folder)
  for (const name of from.list(folder)) {
    const path = `${folder}/${name}`
    if (from.stat(path)?.isFolder === true) copyFolder(from, to, path)
    else to.writeFile(path, from.readFile(path) ?? Buffer.alloc(0))
  }
}
