import { closeSync, openSync, readdirSync, readSync, realpathSync } from 'node:fs'

/** Files of /proc and /sys are small; what is larger is not one of them. */
const LONGEST_BYTES = 1 << 20

/** Where the kernel tells about itself. Nothing throws: what is not there is not known. */
export interface SystemFiles {
  /** Without white space around it; undefined for what cannot be read. */
  text(path: string): string | undefined
  /** Names in a folder, in any order; none for what is not a folder. */
  names(path: string): readonly string[]
  /** Where a path leads when every link is followed. */
  target(path: string): string | undefined
}

/** Of this machine. */
export const systemFiles: SystemFiles = {
  text: (path) => quietly(() => textOf(path).trim()),
  names: (path) => quietly(() => readdirSync(path)) ?? [],
  target: (path) => quietly(() => realpathSync(path)),
}

/** Their size is told as 0 or 4096, whatever is in them. */
function textOf(path: string): string {
  const fd = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(LONGEST_BYTES)
    let end = 0
    while (end < bytes.length) {
      const count = readSync(fd, bytes, end, bytes.length - end, null)
      if (count === 0) break
      end += count
    }
    return bytes.toString('utf8', 0, end)
  } finally {
    closeSync(fd)
  }
}

function quietly<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

/** A number that is alone in its file. */
export function numberIn(files: SystemFiles, path: string): number | undefined {
  const text = files.text(path)
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}

/** The word in brackets of `a [b] c`, and all of them. */
export function choiceIn(
  files: SystemFiles,
  path: string,
): { readonly chosen: string; readonly all: readonly string[] } | undefined {
  const text = files.text(path)
  if (text === undefined || text === '') return undefined
  const words = text.split(/\s+/)
  const all = words.map((word) => word.replaceAll(/[[\]]/g, ''))
  const at = words.findIndex((word) => word.startsWith('['))
  return { chosen: all[Math.max(0, at)] ?? '', all }
}
