import { expect, test } from 'vitest'

import { type ClientAttributes, isMatch, parseClientMatch } from './client-match.ts'

const client: ClientAttributes = {
  client_instance_id: 'AAAAAAAAAAAAAAAAAAAAAg',
  client_id: 'orders-1',
  client_software_name: 'apache-kafka-java',
  client_software_version: '4.3.1',
  client_source_address: '10.0.0.7',
  client_source_port: undefined,
}

async function matches(...patterns: string[]): Promise<boolean> {
  const match = await parseClientMatch(patterns)
  if ('problem' in match) throw new Error(match.problem)
  return isMatch(match, client)
}

test('all patterns must match, each the whole text', async () => {
  expect(await matches()).toBe(true)
  expect(await matches('client_id=orders-.*')).toBe(true)
  expect(await matches(' client_id = orders-.* ', 'client_software_version=4\\..*')).toBe(true)
  expect(await matches('client_id=orders')).toBe(false)
  expect(await matches('client_id=orders-.*', 'client_source_address=10.1.*')).toBe(false)
})

test('what a client did not say matches nothing', async () => {
  expect(await matches('client_source_port=.*')).toBe(false)
})

test('the last of several patterns for one parameter counts', async () => {
  expect(await matches('client_id=x', 'client_id=orders-1')).toBe(true)
})

test.each([
  'client_id',
  'client_id=',
  '=a',
  'foo=bar',
  'client_id=a=b',
  'client_id=[',
  'client_id=(?=a)',
  `client_id=${'a'.repeat(1025)}`,
  'client_id=a++',
  'client_id=[a-z&&[^b]]+',
  'client_id=[]&&a]',
  'client_id=[a[bc]]',
  'client_id=[[:alpha:]]',
])('%j is illegal', async (pattern) => {
  const parsed = await parseClientMatch(['client_id=a', pattern])
  const problem = 'problem' in parsed ? parsed.problem : undefined
  expect(problem).toMatch(/^Illegal client matching pattern: /)
})

test('what only looks like a class that is another in Java is what it was', async () => {
  for (const [pattern, text] of [
    ['[a&]+', 'a&&a'],
    ['[\\[a]+', '[a'],
    ['[]a]&&[b]', ']&&b'],
    ['\\Q[a&&[\\E[b]', '[a&&[b'],
    ['\\[a&&b', '[a&&b'],
    ['[^\\]&]&&', 'x&&'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const match = await parseClientMatch([`client_id=${pattern}`])
    if ('problem' in match) throw new Error(match.problem)
    expect(isMatch(match, { ...client, client_id: text }), pattern).toBe(true)
  }
})

test('a pattern that would take for ever elsewhere does not', async () => {
  const match = await parseClientMatch(['client_id=(a+)+b'])
  if ('problem' in match) throw new Error(match.problem)
  expect(isMatch(match, { ...client, client_id: 'a'.repeat(30_000) })).toBe(false)
})
