import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { measuredContestants } from './measured.ts'

const WINDOW = '{"what":"window","bytesPerSecond":1}\n'
const SENT = `${WINDOW}{"what":"total","bytesPerSecond":5e8,"failed":2,"latencyMs":{}}\n`
const READ = `${WINDOW}\n{"what":"total","bytesPerSecond":9e8,"joiningMs":3}\n`

test('produce and consume of one name, told apart by their lines or by the option', async () => {
  await using folder = await temporaryFolder()
  const [sent, read] = ['sent', 'read'].map((name) => join(folder.path, name))
  writeFileSync(sent ?? '', SENT)
  writeFileSync(read ?? '', READ)
  const problems: string[] = []
  const found = measuredContestants(
    {
      measured: [`a=${sent}`, `a=${read}`],
      measuredProduce: [`b=${sent}`],
      measuredConsume: [`b=${sent}`],
    },
    problems,
  )
  expect(problems).toEqual([])
  expect(found).toHaveLength(2)
  expect(found[0]).toMatchObject({ name: 'a', produceRate: 5e8, consumeRate: 9e8 })
  expect(found[0]?.source).toBe(`produce: ${sent}, where 2 records failed; consume: ${read}`)
  expect(found[1]).toMatchObject({ name: 'b', produceRate: 5e8, consumeRate: 5e8 })
})

test.each([
  ['', 'has 0 totals, where a run that has ended prints one'],
  [SENT + SENT, 'has 2 totals, where a run that has ended prints one'],
  [`${WINDOW}600 records sent`, 'line 2 is no JSON object'],
  ['[1]', 'line 1 is no JSON object'],
  ['{"what":"total"}', 'bytesPerSecond of its total is no number from 1 on'],
  ['{"what":"total","bytesPerSecond":0}', 'bytesPerSecond of its total is no number from 1 on'],
  ['{"what":"total","bytesPerSecond":5}', 'is neither of produce nor of consume'],
])('%j is no output of a run', async (text, problem) => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'x')
  writeFileSync(path, text)
  const problems: string[] = []
  measuredContestants({ measured: [`a=${path}`] }, problems)
  expect(problems).toHaveLength(1)
  expect(problems[0]).toContain(`${path}: ${problem}`)
})

test('what is no name=FILE, what is not there, and what is there twice', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'x')
  writeFileSync(path, SENT)
  const problems: string[] = []
  measuredContestants({ measured: ['x', 'a=/none', `b=${path}`, `b=${path}`] }, problems)
  expect(problems).toEqual([
    ...['--measured x: is no name=FILE', '/none: ENOENT', `${path}: b has a produce rate already`],
  ])
})
