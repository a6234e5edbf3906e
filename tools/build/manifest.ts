import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What of a package.json the build reads. */
export interface Manifest {
  readonly name: string
  readonly exports?: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
}

/** Entry points by output name, without an extension: `index` -> `./src/index.ts`. */
export type Entries = Readonly<Record<string, string>>

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Library entries: every export that names a TypeScript source under `@pafka/source`. */
export function libraryEntries(manifest: Manifest): Entries {
  const sources = Object.values(manifest.exports ?? {}).map(sourceOf)
  return Object.fromEntries(
    sources.filter((source) => source !== undefined).map((source) => [outputName(source), source]),
  )
}

/** Command entries: `dist/main.js` in `bin` is made from `src/main.ts`. */
export function commandEntries(manifest: Manifest): Entries {
  return Object.fromEntries(
    Object.values(manifest.bin ?? {}).map((output) => {
      const name = output.replace(/^(\.\/)?dist\//, '').replace(/\.js$/, '')
      return [name, `src/${name}.ts`]
    }),
  )
}

function sourceOf(target: unknown): string | undefined {
  if (typeof target !== 'object' || target === null) return undefined
  const source: unknown = Reflect.get(target, '@pafka/source')
  return typeof source === 'string' ? source : undefined
}

function outputName(source: string): string {
  return source.replace(/^(\.\/)?src\//, '').replace(/\.ts$/, '')
}
