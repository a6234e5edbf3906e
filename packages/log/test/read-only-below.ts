import { diskError, type FileSystem, type OpenMode } from '@pafka/log'

/** Files whose folder can become read-only, as a file system does that met an error. */
export class ReadOnlyBelow {
  /** Undefined: none yet. */
  folder: string | undefined
  readonly files: FileSystem

  constructor(files: FileSystem) {
    const check = (path: string): void => {
      const { folder } = this
      if (folder !== undefined && `${path}/`.startsWith(`${folder}/`)) {
        throw diskError('EROFS', path)
      }
    }
    const checkMode = (path: string, mode: OpenMode): void => {
      if (mode !== 'read') check(path)
    }
    this.files = {
      open: (path, mode) => (checkMode(path, mode), files.open(path, mode)),
      openDirect: (path, mode, durable) => {
        checkMode(path, mode)
        return files.openDirect(path, mode, durable)
      },
      map: (path, reserveBytes) => files.map(path, reserveBytes),
      readFile: (path) => files.readFile(path),
      writeFile: (path, bytes) => (check(path), files.writeFile(path, bytes)),
      makeFolder: (path) => {
        if (files.stat(path) === undefined) check(path)
        files.makeFolder(path)
      },
      list: (path) => files.list(path),
      stat: (path) => files.stat(path),
      rename: (from, to) => (check(from), files.rename(from, to)),
      remove: async (path) => (check(path), files.remove(path)),
      removeFolder: async (path) => (check(path), files.removeFolder(path)),
      syncFolder: (path) => files.syncFolder(path),
      hastenSyncs: (folder) => files.hastenSyncs(folder),
      isInMemory: (folder) => files.isInMemory(folder),
      lock: async (folder) => (check(folder), files.lock(folder)),
    }
  }
}
