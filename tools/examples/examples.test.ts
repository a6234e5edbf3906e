import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { readPage } from './page.ts'
import { makeUserProject } from './user-project.ts'

const ROOT = join(import.meta.dirname, '../..')
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const JEST = join(import.meta.dirname, 'node_modules/jest/bin/jest.js')
const LONG_MS = 60_000

const run = promisify(execFile)
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pafka-examples-'))
  await makeUserProject(folder)
}, LONG_MS)

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs Node in the user's project, as from a shell that knows nothing of the test around it. */
async function output(...args: string[]): Promise<string> {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(VITEST|JEST|NODE_)/.test(key))
  const env = { ...Object.fromEntries(inherited), NO_COLOR: '1' }
  const { stdout, stderr } = await run(process.execPath, args, { cwd: folder, env })
  return stdout + stderr
}

/** How many tests the file has, as its runner must count them. */
async function testsIn(file: string): Promise<number> {
  const text = await readFile(join(folder, file), 'utf8')
  return text.match(/^test\(/gm)?.length ?? 0
}

test('vitest runs its example', { timeout: LONG_MS }, async () => {
  const text = await output(VITEST, 'run', '--root', folder, 'vitest/')
  expect(text).toContain(`Tests  ${await testsIn('vitest/orders.test.ts')} passed`)
})

test('jest runs its example, and ends by itself', { timeout: LONG_MS }, async () => {
  const text = await output(JEST, '--rootDir', folder, '--testPathPatterns', '/jest/')
  const count = await testsIn('jest/orders.test.cjs')
  expect(text).toContain(`Tests:       ${count} passed, ${count} total`)
  expect(text).not.toContain('did not exit')
})

test('node:test runs its example', { timeout: LONG_MS }, async () => {
  const text = await output('--test', '--test-reporter=tap', 'node-test/orders.test.mjs')
  expect(text).toContain(`# pass ${await testsIn('node-test/orders.test.mjs')}\n# fail 0`)
})

test('the page shows the very files: `node tools/examples/page.ts` puts them there', async () => {
  const { current, wanted, files } = readPage()
  expect(current).toBe(wanted)
  const examples = await readdir(join(ROOT, 'apps/broker/examples'), { recursive: true })
  const tests = examples.filter((file) => file.includes('.test.'))
  expect(files.toSorted()).toEqual(tests.toSorted())
})
