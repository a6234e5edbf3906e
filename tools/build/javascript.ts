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

/** Bundles each entry as ESM and CJS; everything that is a dependency stays an import. */
export async function buildLibrary(entry: Entries): Promise<void> {
  if (Object.keys(entry).length === 0) return
  await build({ ...shared, entry: { ...entry }, format: ['esm', 'cjs'], shims: true })
}

/**
 * Bundles commands, ESM only. Siblings are taken in from their sources, so that starting one
 * reads one file and only what it uses; third-party packages stay imports.
 */
export async function buildCommands(entry: Entries): Promise<void> {
  if (Object.keys(entry).length === 0) return
  await build({
    ...shared,
    entry: { ...entry },
    format: ['esm'],
    splitting: false,
    noExternal: [/^@pafka\//],
    esbuildOptions(options) {
      options.conditions = ['@pafka/source', 'node', 'import', 'default']
    },
  })
}
