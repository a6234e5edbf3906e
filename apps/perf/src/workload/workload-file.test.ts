import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@pafka/testing'
import { afterAll, expect, test } from 'vitest'

import { readWorkload } from './workload-file.ts'

const LINES = 'topics: 1\npartitionsPerTopic: 2\nmessageSize: 9\nproducersPerTopic: 1\n'

const folder = await temporaryFolder()
afterAll(() => folder[Symbol.asyncDispose]())
const path = join(folder.path, 'w.yaml')

test('a workload is read', async () => {
  await writeFile(path, `name: größer\n${LINES}testDurationMinutes: 1\n`)
  expect(await readWorkload(path)).toMatchObject({ name: 'größer', partitions: 2 })
})

test('each problem names the file', async () => {
  await writeFile(path, LINES)
  await expect(readWorkload(path)).rejects.toMatchObject({
    code: 'CONFIG_ERROR',
    problems: [
      `${path}: name: is missing`,
      `${path}: testDurationMinutes: is missing, a number from 0 to 10080`,
    ],
  })
})

test('what is no file is told', async () => {
  await expect(readWorkload(`${path}.not`)).rejects.toThrow(`${path}.not: ENOENT`)
  await expect(readWorkload(folder.path)).rejects.toThrow('EISDIR')
})

test('of a file without an end only the beginning is read', async () => {
  await expect(readWorkload('/dev/zero')).rejects.toThrow('a workload of 262145 characters')
})
