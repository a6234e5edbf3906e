import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { readInputFile, readJsonFile } from './input-file.ts'

test('a file is read up to a limit, over many pieces', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'x')
  const text = 'é'.repeat(100_000)
  writeFileSync(path, text)
  const problems: string[] = []
  expect(readInputFile(path, 200_000, problems)).toBe(text)
  expect(problems).toEqual([])
  expect(readInputFile(path, 199_999, problems)).toBeUndefined()
  expect(problems).toEqual([`${path}: is larger than 199999 bytes`])
})

test('what has no end is not read to its end', () => {
  const problems: string[] = []
  expect(readInputFile('/dev/zero', 1000, problems)).toBeUndefined()
  expect(problems).toEqual(['/dev/zero: is larger than 1000 bytes'])
})

test('what is not there, no file, no text, no JSON', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'x')
  const problems: string[] = []
  readInputFile(path, 10, problems)
  readInputFile(folder.path, 10, problems)
  writeFileSync(path, Uint8Array.of(0xff, 0xfe))
  readInputFile(path, 10, problems)
  writeFileSync(path, '{')
  readJsonFile(path, 10, problems)
  expect(problems.slice(0, 3)).toEqual([
    ...[`${path}: ENOENT`, `${folder.path}: EISDIR`, `${path}: is no text`],
  ])
  expect(problems[3]).toContain(`${path}: is no JSON: `)
})
