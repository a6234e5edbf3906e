import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { checkResults, writeResult } from './result-file.ts'

test('what can be written is left as it is', async () => {
  await using folder = await temporaryFolder()
  const [made, there] = ['made', 'there'].map((name) => join(folder.path, name))
  writeFileSync(there ?? '', 'before')
  checkResults({ report: made, png: undefined, result: there })
  expect(readdirSync(folder.path)).toEqual(['there'])
  expect(readFileSync(there ?? '', 'utf8')).toBe('before')
  writeResult('report', there ?? '', 'after')
  expect(readFileSync(there ?? '', 'utf8')).toBe('after')
  expect(() => checkResults({ csv: '/dev/null' })).not.toThrow()
})

test('all that cannot be written is said at once', async () => {
  await using folder = await temporaryFolder()
  mkdirSync(join(folder.path, 'own'))
  const paths = { report: join(folder.path, 'none/x.html'), png: join(folder.path, 'own') }
  expect(() => checkResults(paths)).toThrow(/--report: ENOENT.*--png: .*own is a folder/su)
  expect(() => writeResult('csv', paths.report, '')).toThrow('--csv: ENOENT')
})

// root may write everywhere
test.skipIf(process.getuid?.() === 0)('a file that is read only is refused', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'kept')
  writeFileSync(path, '')
  chmodSync(path, 0o400)
  expect(() => checkResults({ result: path })).toThrow('--result: EACCES')
})
