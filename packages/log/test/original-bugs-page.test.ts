import { expect, test } from 'vitest'

import { filesIn, hasFile, isThere, namedIn, numbersOf, provenPage } from './page-proofs.ts'

const { claims, lines } = provenPage('docs/original-bugs.md')
const BUGS = Array.from({ length: 16 }, (_, at) => String(at + 1))

test('each of the sixteen has a test', () => {
  expect([...claims.matchAll(/^\| (\d+) +\|/gm)].map(([, number]) => number)).toEqual(BUGS)
  expect(lines.flatMap(numbersOf)).toEqual(BUGS)
  for (const line of lines)
    expect(filesIn([line]).length + namedIn([line]).length).toBeGreaterThan(0)
})

test.each(namedIn(lines))('there is a test "$name" in $file', (named) => {
  expect(isThere(named)).toBe(true)
})

test.each(filesIn(lines))('there is %s', (path) => {
  expect(hasFile(path)).toBe(true)
})
