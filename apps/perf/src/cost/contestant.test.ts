import { expect, test } from 'vitest'

import { type Contestant, contestantOption, contestantsOf } from './contestant.ts'
import { FieldReader } from './field-reader.ts'

const RIGHT = {
  ...{ name: 'a', produce: '2MiB/s', durability: 'none', hardware: 'a machine' },
  ...{ date: '2026-11', source: 'a test' },
}

function read(file: unknown): { found: readonly Contestant[]; problems: string[] } {
  const problems: string[] = []
  return { found: contestantsOf(new FieldReader(file, 'f', problems)), problems }
}

test('a file of figures', () => {
  const other = { ...RIGHT, name: 'b', series: 's', consume: '1GB/s', machine: 'm' }
  const { found, problems } = read({ contestants: [RIGHT, other] })
  expect(problems).toEqual([])
  expect(found[0]).toMatchObject({ name: 'a', series: '', produceRate: 2 * 2 ** 20 })
  expect(found[0]?.consumeRate).toBeUndefined()
  expect(found[1]).toMatchObject({ series: 's', consumeRate: 1e9, machine: 'm', date: '2026-11' })
})

test.each([
  [[], 'f: is no object'],
  [{}, 'f: contestants is empty'],
  [{ contestants: {} }, 'f: contestants is no list of at most 200'],
  [{ contestants: Array.from({ length: 201 }) }, 'f: contestants is no list of at most 200'],
  [{ contestants: [1] }, 'f: contestants[0]: is no object'],
  [{ contestants: [RIGHT], contestant: [] }, 'f: contestant is none of contestants'],
])('%j is no such file', (file, problem) => {
  expect(read(file).problems).toContain(problem)
})

test.each([
  [{ produce: 5 }, 'produce is 5, not an amount such as "500MB/s" or "2TB"'],
  [{ produce: '0' }, 'produce is "0", not an amount such as "500MB/s" or "2TB"'],
  [{ produce: `${'9'.repeat(400)}GB` }, 'not an amount such as "500MB/s" or "2TB"'],
  [{ produce: undefined }, 'neither produce nor consume has a figure'],
  [{ name: 'a b' }, 'name "a b" is not of letters, digits, dots and dashes'],
  [{ date: 'yesterday' }, 'date yesterday is none, as 2026-11-22'],
  [{ source: ' ' }, 'source is no text of one line, of 1 to 600 characters'],
  [{ source: 'x'.repeat(601) }, 'source is no text of one line'],
  [{ hardware: '\u001B[2J' }, 'hardware is no text of one line'],
  [{ durability: undefined }, 'durability is missing'],
  [{ consumes: '1GB/s' }, 'consumes is none of'],
])('%j is wrong, and where it stands', (wrong, problem) => {
  const { problems } = read({ contestants: [{ ...RIGHT, ...wrong }] })
  expect(problems.join('\n')).toContain('f: contestants[0]: ')
  expect(problems.join('\n')).toContain(problem)
})

test('one of the command line', () => {
  const problems: string[] = []
  const text = 'name=mine,produce=750MB/s,consume=1100MB/s,machine=i4i.4xlarge'
  expect(contestantOption(text, problems)).toMatchObject({
    ...{ name: 'mine', produceRate: 7.5e8, consumeRate: 1.1e9, machine: 'i4i.4xlarge' },
    ...{ source: 'command line', hardware: undefined },
  })
  expect(problems).toEqual([])
  contestantOption('name=a,produce=x,produce=1,consume', problems)
  expect(problems.map((problem) => problem.replace(/^.*?: /u, ''))).toEqual([
    ...['produce is there twice', 'consume is no key=value'],
    ...['produce is "x", not an amount such as "500MB/s" or "2TB"'],
    'neither produce nor consume has a figure',
  ])
})
