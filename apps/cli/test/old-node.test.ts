import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { expect, test } from 'vitest'

const MAIN = join(import.meta.dirname, '../src/main.ts')
const BASE = join(import.meta.dirname, '../../../packages/base/src')

/** As an older Node, which cannot load what needs a newer one: here, all but the least. */
const PRELOAD = `
  import { registerHooks } from 'node:module'
  import { pathToFileURL } from 'node:url'
  Object.defineProperty(process.versions, 'node', { value: '20.20.2' })
  const paths = [${JSON.stringify(MAIN)}, ${JSON.stringify(BASE)}]
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

test('an older Node is told of before anything is loaded that it may not know', () => {
  const preload = `data:text/javascript,${encodeURIComponent(PRELOAD)}`
  const args = ['--conditions=@pafka/source', '--disable-warning=ExperimentalWarning']
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...args, '--import', preload, MAIN, '--help'],
    { encoding: 'utf8' },
  )
  expect(stderr).toBe('Node 22.15 or newer is needed; this is 20.20.2\n')
  expect([status, stdout]).toEqual([1, ''])
})
