import type { Bench } from '@pafka/testing'
import { globSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Every `x.bench.ts` of the repository, as a path from its root. */
export function benchFiles(): readonly string[] {
  const files = globSync('{packages,apps,tools}/*/{src,test}/**/*.bench.ts', { cwd: ROOT })
  return files.toSorted()
}

/** @throws when the file has no `benches`, or something else under that name. */
export async function loadBenches(file: string): Promise<readonly Bench[]> {
  const module: unknown = await import(join(ROOT, file))
  const benches: unknown = Reflect.get(Object(module), 'benches')
  if (!Array.isArray(benches) || !benches.every(isBench)) {
    throw new Error(`${file} does not export benches: readonly Bench[]`)
  }
  return benches
}

function isBench(value: unknown): value is Bench {
  if (typeof value !== 'object' || value === null) return false
  return typeof Reflect.get(value, 'name') === 'string' && 'run' in value
}
