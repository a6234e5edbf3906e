import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The repository as rules see it: paths from the root with `/`, and text on demand. */
export interface SourceTree {
  readonly paths: readonly string[]
  /** Text of a file of the tree. @throws on a path that is not in it. */
  read(path: string): string
}

const SKIPPED_FOLDERS = new Set([
  '.git',
  '.turbo',
  '.cache',
  'node_modules',
  'dist',
  'coverage',
  'fixtures',
  'pafka-data',
])
const BINARY = /\.(png|jpe?g|gif|ico|gz|zip|tgz|bin|jar|log|snap|index|timeindex|node)$/

/** Every text file below `root`, tracked or not: a rule holds before the commit. */
export function readSourceTree(root: string): SourceTree {
  const paths = walk(root, '').toSorted()
  const texts = new Map<string, string>()
  return {
    paths,
    read(path) {
      const text = texts.get(path) ?? readFileSync(join(root, path), 'utf8')
      texts.set(path, text)
      return text
    },
  }
}

/** A tree that is not on disk, for tests of rules. */
export function sourceTreeOf(files: Readonly<Record<string, string>>): SourceTree {
  return {
    paths: Object.keys(files).toSorted(),
    read(path) {
      const text = files[path]
      if (text === undefined) throw new Error(`no ${path} in the tree`)
      return text
    },
  }
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : walk(root, path)
    return entry.isFile() && !BINARY.test(entry.name) ? [path] : []
  })
}
