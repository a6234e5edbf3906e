import { builtinModules } from 'node:module'
import { build, type Options } from 'tsup'

import type { Entries } from './manifest.ts'

/** What a package is made of, and the folder for what it becomes. */
export interface JavaScriptBuild {
  readonly library: Entries
  readonly commands: Entries
  readonly outDir: string
}

/** The oldest Node that packages declare in `engines`. */
const TARGET = 'node22.15'

const shared: Options = {
  config: false,
  silent: true,
  platform: 'node',
  target: TARGET,
  sourcemap: true,
  external: [...builtinModules],
}

/**
 * Bundles the entries of a package: all of them as ESM, sharing what they have in common, and
 * those of the library as CommonJS too. Every dependency stays an import, siblings included:
 * taken in, they would look for their native packages from the wrong place, and a command
 * starts no faster (80 ms either way for the broker's `--help`, of which Node takes 40).
 */
export async function buildJavaScript(made: JavaScriptBuild): Promise<void> {
  const { library, commands, outDir } = made
  await build({ ...shared, outDir, entry: { ...library, ...commands }, format: ['esm'] })
  if (Object.keys(library).length === 0) return
  await build({ ...shared, outDir, entry: { ...library }, format: ['cjs'], shims: true })
}
