import type { FileSystem, OpenFile } from './file-system.ts'

/** @returns bytes read, fewer than `into` holds only at the end. Rejects with the system error. */
export function readAt(
  file: Pick<OpenFile, 'read'>,
  into: Uint8Array,
  positionBytes: number,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  file.read(into, positionBytes, (error, bytes) => {
    if (error === null) resolve(bytes)
    else reject(error)
  })
  return promise
}

/** Goes on after short writes. One that moves nothing is an error. */
export function writeAll(
  file: OpenFile,
  bytes: Uint8Array,
  positionBytes: number,
  done: (error: Error | null) => void,
): void {
  file.write([bytes], positionBytes, (error, count) => {
    if (error !== null || count === 0) return done(error ?? new Error('EIO: nothing was written'))
    if (count === bytes.length) return done(null)
    writeAll(file, bytes.subarray(count), positionBytes + count, done)
  })
}

/** As `writeAll`, of bytes that there are. Rejects with its error. */
export function writeWhole(
  file: OpenFile,
  bytes: Uint8Array,
  positionBytes: number,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  writeAll(file, bytes, positionBytes, (error) => {
    if (error === null) resolve()
    else reject(error)
  })
  return promise
}

/** Rejects with the system error. */
export function syncFile(file: OpenFile): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  file.sync((error) => {
    if (error === null) resolve()
    else reject(error)
  })
  return promise
}

/** As `syncFile`, of one that is there. */
export async function syncAt(files: Pick<FileSystem, 'open'>, path: string): Promise<void> {
  const file = files.open(path, 'update')
  try {
    await syncFile(file)
  } finally {
    file.close()
  }
}
