import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { compileOrderCheck } from './native-build.ts'

const run = promisify(execFile)

/** What it printed, and its exit code. */
function outcome(program: string, ...args: readonly string[]): Promise<unknown> {
  return run(program, args).then(
    ({ stdout }) => ({ code: 0, stdout }),
    (error: unknown) => error,
  )
}

describe('the native stores, with a cache that forgets', () => {
  let folder: string
  let program: string
  let hasCompiler: boolean

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pafka-order-'))
    program = join(folder, 'order-check')
    hasCompiler = compileOrderCheck(program)
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('are all flushed and fenced', async ({ skip }) => {
    skip(!hasCompiler, 'no compiler')
    expect(await outcome(program)).toEqual({ code: 0, stdout: 'all of it is durable\n' })
  })

  test.for(['flush', 'fence', 'copy'])('are not when a %s is left out', async (fault, { skip }) => {
    skip(!hasCompiler, 'no compiler')
    const stdout = expect.stringContaining('not all of it is durable') as string
    expect(await outcome(program, fault)).toMatchObject({ code: 1, stdout })
  })
})
