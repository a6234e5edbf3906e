import { closeSync, openSync, readSync } from 'node:fs'

const PIECE_BYTES = 64 * 1024

/** What is in a file, up to so many bytes. A pipe has no size to ask for beforehand. */
export function readUpTo(path: string, mostBytes: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const pieces: Uint8Array[] = []
    let bytes = 0
    while (bytes < mostBytes) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, mostBytes - bytes))
      const count = readSync(file, piece)
      if (count === 0) break
      pieces.push(piece.subarray(0, count))
      bytes += count
    }
    return Buffer.concat(pieces)
  } finally {
    closeSync(file)
  }
}
