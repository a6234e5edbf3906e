import { builtinModules } from 'node:module'
import { build, type Options } from 'tsup'

import type { Entries } from './manifest.ts'

/** The oldest Node that packages declare in `engines`. */
const TARGET = 'node22.12'

const shared: Options = {
  config: false,
  silent: true,
  platform: 'node',
  target: TARGET,
  outDir: 'dist',
  sourcemap: true,
  external: [...builtinModules],
}

/**
 * Bundles the entries of a package: all of them as ESM, sharing what they have in common, and
 * those of the library as CommonJS too. Every dependency stays an import, siblings included:
 * taken in, they would look for their native packages from the wrong place, and a command
 * starts no faster (80 ms either way for the broker's `--help`, of which Node takes 40).
 */
export async function buildJavaScript(library: Entries, commands: Entries): Promise<void> {
  await build({ ...shared, entry: { ...library, ...commands }, format: ['esm'] })
  if (Object.keys(library).length === 0) return
  await build({ ...shared, entry: { ...library }, format: ['cjs'], shims: true })
}
