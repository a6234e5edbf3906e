import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { build, type Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Where a resolver is asked by itself, it must not ask itself again. */
const ASKED = { isAsked: true }

/** What is not of this project stays where it is installed. */
const installed: Plugin = {
  name: 'installed',
  setup(esbuild) {
    // oxlint-disable-next-line require-unicode-regexp -- it becomes one of Go, without flags
    esbuild.onResolve({ filter: /^[^./]/ }, async (asked) => {
      const { path: name, resolveDir, kind } = asked
      if (kind === 'entry-point' || asked.pluginData === ASKED) return undefined
      if (name.startsWith('@pafka/')) return undefined
      const { path, external, errors } = await esbuild.resolve(name, {
        ...{ resolveDir, kind, pluginData: ASKED },
      })
      if (errors.length > 0) return { errors }
      return { path: external ? path : pathToFileURL(path).href, external: true }
    })
  },
}

/** A program in one file of JavaScript. */
export interface Bundle extends AsyncDisposable {
  readonly path: string
}

/**
 * Makes one of what a program and this project are written in, from the sources as they are: what
 * Node needs to read TypeScript is some 45 MB of memory, which nobody has who installed a client.
 */
export async function bundle(program: string): Promise<Bundle> {
  const outDir = await mkdtemp(join(import.meta.dirname, 'node_modules/.bundle-'))
  await build({
    ...{ config: false, silent: true, platform: 'node', format: ['esm'], splitting: false },
    ...{
      entry: { program },
      outDir,
      noExternal: [/^@pafka\//u],
      outExtension: () => ({ js: '.mjs' }),
    },
    esbuildPlugins: [installed],
    esbuildOptions: (options) => void (options.conditions = ['@pafka/source']),
  })
  return {
    path: join(outDir, 'program.mjs'),
    [Symbol.asyncDispose]: () => rm(outDir, { recursive: true, force: true }),
  }
}
