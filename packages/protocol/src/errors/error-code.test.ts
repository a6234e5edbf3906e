import { existsSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { ErrorCode, errorName, isRetriable } from './error-code.ts'

const FACTS = new URL('../../../../../shared/protocol-facts/errors.json', import.meta.url)

interface Fact {
  readonly code: number
  readonly name: string
  readonly retriable: boolean
}

test.skipIf(!existsSync(FACTS))('codes, names and what is retriable are those of Kafka', () => {
  const facts = JSON.parse(readFileSync(FACTS, 'utf8')) as Fact[]
  const ours = Object.entries(ErrorCode).map(([name, code]) => ({
    code,
    name,
    retriable: isRetriable(code),
  }))
  expect(ours).toEqual(facts)
})

test('a code has a name, known or not', () => {
  expect(errorName(ErrorCode.NOT_COORDINATOR)).toBe('NOT_COORDINATOR')
  expect(errorName(-1)).toBe('UNKNOWN_SERVER_ERROR')
  expect(errorName(9999)).toBe('UNKNOWN_CODE_9999')
  expect(isRetriable(9999)).toBe(false)
})
