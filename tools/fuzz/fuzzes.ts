import type { Fuzz } from '@pafka/testing'
import { globSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Every `x.fuzz.ts` of the repository, as a path from its root. */
export function fuzzFiles(): readonly string[] {
  const files = globSync('{packages,apps,tools}/*/{src,test}/**/*.fuzz.ts', { cwd: ROOT })
  return files.toSorted()
}

/** @throws when the file has no `fuzzes`, or something else under that name. */
export async function loadFuzzes(file: string): Promise<readonly Fuzz[]> {
  const module: unknown = await import(join(ROOT, file))
  const fuzzes: unknown = Reflect.get(Object(module), 'fuzzes')
  if (!Array.isArray(fuzzes) || !fuzzes.every(isFuzz)) {
    throw new Error(`${file} does not export fuzzes: readonly Fuzz[]`)
  }
  return fuzzes
}

function isFuzz(value: unknown): value is Fuzz {
  if (typeof value !== 'object' || value === null) return false
  return typeof Reflect.get(value, 'name') === 'string' && 'run' in value
}
