import { expect, test } from 'vitest'

import { isThere, namedIn, numbersOf, provenPage } from './page-proofs.ts'

const { claims, lines } = provenPage('docs/durability.md')

test('each row of the table, and each claim below it, has a test', () => {
  const rows = [...claims.matchAll(/^\| (\d+) +\|/gm)].map(([, number]) => number)
  const below = [...claims.matchAll(/\((\d+)\)/g)].map(([, number]) => number)
  expect(rows.length).toBeGreaterThan(5)
  expect(new Set(lines.flatMap(numbersOf))).toEqual(new Set([...rows, ...below]))
})

test.each(namedIn(lines))('there is a test "$name" in $file', (named) => {
  expect(isThere(named)).toBe(true)
})
