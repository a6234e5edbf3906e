import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import {
  compile,
  compilerIn,
  digestIn,
  prebuildOf,
  sourcesDigest,
  type Target,
  targets,
} from './native-build.ts'

test.for(targets)('the prebuild for $name is made from the sources as they are', (target) => {
  const found = digestIn(readFileSync(prebuildOf(target)))
  expect(found, 'pnpm prebuilds, and commit what it makes').toBe(sourcesDigest())
})

/** The binary as made here, or undefined where the compiler is not there. */
function madeHere(target: Target): Uint8Array | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'pafka-prebuild-'))
  try {
    compile(target, join(folder, 'pmem.node'))
    return readFileSync(join(folder, 'pmem.node'))
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return undefined
    throw error
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test.for(targets)('the same compiler makes the same bytes for $name', (target, { skip }) => {
  const committed = readFileSync(prebuildOf(target))
  const made = madeHere(target)
  skip(made === undefined, `no ${target.compiler}`)
  if (made === undefined) return
  skip(compilerIn(made) !== compilerIn(committed), `not ${compilerIn(committed)}`)
  expect(Buffer.compare(made, committed)).toBe(0)
})

/** Names that a symbol table would tie to a version of glibc. */
test.for(targets)('the prebuild for $name asks for no version of libc', (target) => {
  const text = readFileSync(prebuildOf(target)).toString('latin1')
  expect(text).not.toMatch(/GLIBC_|libc\.so/)
  expect(text).toContain('napi_register_module_v1')
})
