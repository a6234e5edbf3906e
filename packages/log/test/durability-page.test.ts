import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

const ROOT = new URL('../../../', import.meta.url)
const page = readFileSync(new URL('docs/durability.md', ROOT), 'utf8')
const [claims = '', proofs = ''] = page.split('## Tests that show it')
/** `- 1 and 2, what: `file`, "test", "test"; `file`, "test"`, over several lines. */
const lines = proofs.split(/^- /m).slice(1)

interface Named {
  readonly file: string
  readonly name: string
}

/** Tests that a line names, each with the file that was named last. */
function namedIn(line: string): Named[] {
  const named: Named[] = []
  let file = ''
  for (const [, path, name] of line.replaceAll(/\s+/g, ' ').matchAll(/`([^`]+)`|"([^"]+)"/g)) {
    if (path?.endsWith('.test.ts') === true) file = path
    if (name !== undefined) named.push({ file, name })
  }
  return named
}

function numbersOf(line: string): string[] {
  return line.slice(0, line.search(/[,:]/)).split(' and ')
}

test('each row of the table, and each claim below it, has a test', () => {
  const rows = [...claims.matchAll(/^\| (\d+) +\|/gm)].map(([, number]) => number)
  const below = [...claims.matchAll(/\((\d+)\)/g)].map(([, number]) => number)
  expect(rows.length).toBeGreaterThan(5)
  expect(new Set(lines.flatMap(numbersOf))).toEqual(new Set([...rows, ...below]))
})

test.each(lines.flatMap(namedIn))('there is a test "$name" in $file', ({ file, name }) => {
  const source = readFileSync(new URL(file, ROOT), 'utf8')
  const isThere = ["'", '`', '"'].some((quote) => source.includes(`${quote}${name}${quote}`))
  expect(isThere).toBe(true)
})
