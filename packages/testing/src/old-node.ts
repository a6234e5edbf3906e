import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const BASE = join(import.meta.dirname, '../../base/src')

/** What a command said and did, where Node is too old for it. */
export interface OldNodeRun {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** As an older Node, which cannot load what needs a newer one: here, all but the least. */
function preloadOf(main: string): string {
  return `
  import { registerHooks } from 'node:module'
  import { pathToFileURL } from 'node:url'
  Object.defineProperty(process.versions, 'node', { value: '20.20.2' })
  const paths = [${JSON.stringify(main)}, ${JSON.stringify(BASE)}]
  const known = paths.map((path) => String(pathToFileURL(path)))
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context)
      const isOfBase = context.parentURL?.startsWith(known[1])
      if (isOfBase || known.some((url) => found.url.startsWith(url))) return found
      throw new SyntaxError('too new: ' + specifier)
    },
  })
`
}

/** @param main a command's main.ts, which is asked for its help */
export function runOnOldNode(main: string): OldNodeRun {
  const preload = `data:text/javascript,${encodeURIComponent(preloadOf(main))}`
  const args = ['--conditions=@pafka/source', '--disable-warning=ExperimentalWarning']
  return spawnSync(process.execPath, [...args, '--import', preload, main, '--help'], {
    encoding: 'utf8',
  })
}
