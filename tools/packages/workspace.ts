import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const ROOT: string = join(import.meta.dirname, '../..')

/** A package that npm gets. */
export interface PublishedPackage {
  readonly name: string
  readonly version: string
  /** Absolute. */
  readonly folder: string
  /** Paths below the package that can be imported: `.` and others. */
  readonly entries: readonly string[]
  readonly commands: readonly string[]
  /** What people bring themselves, or do without, and its versions. */
  readonly peers: Readonly<Record<string, string>>
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, unknown>> }
}

/** Every workspace package that is not private, by name. */
export function publishedPackages(): readonly PublishedPackage[] {
  const paths = globSync('{packages,apps,tools}/*/package.json', { cwd: ROOT })
  const published = paths.flatMap((path) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Manifest
    if (manifest.private === true) return []
    const exported = Object.keys(manifest.publishConfig?.exports ?? {})
    return {
      name: manifest.name,
      version: manifest.version,
      folder: join(ROOT, dirname(path)),
      entries: exported.filter((entry) => !entry.endsWith('.json')),
      commands: Object.keys(manifest.bin ?? {}),
      peers: manifest.peerDependencies ?? {},
    }
  })
  return published.toSorted((one, other) => (one.name < other.name ? -1 : 1))
}
