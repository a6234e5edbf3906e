import type { ClientQuotasSet } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { selectQuotas } from './select-quotas.ts'

const EXACT = 0
const DEFAULT = 1
const ANY = 2

type Component = readonly [entityType: string, matchType: number, match: string | null]

const KNOWN: Readonly<Record<string, ClientQuotasSet>> = {
  e: entity(['user', 'e']),
  ex: entity(['client-id', 'x'], ['user', 'e']),
  f: entity(['user', 'f']),
  anyUser: entity(['user', null]),
  anyPair: entity(['user', null], ['client-id', null]),
  x: entity(['client-id', 'x']),
  ip: entity(['ip', '::1']),
  anyIp: entity(['ip', null]),
}

function entity(...parts: readonly [string, string | null][]): ClientQuotasSet {
  const quotas = new Map([['producer_byte_rate', 1]])
  return {
    kind: 'client-quotas-set',
    entity: parts.map(([type, name]) => ({ type, name })),
    quotas,
  }
}

function select(components: readonly Component[], strict: boolean): unknown {
  const found = selectQuotas(
    {
      components: components.map(([entityType, matchType, match]) => ({
        entityType,
        matchType,
        match,
      })),
      strict,
    },
    Object.values(KNOWN),
  )
  if ('errorCode' in found) return [found.errorCode, found.errorMessage]
  return Object.keys(KNOWN).filter((name) => found.some((each) => each === KNOWN[name]))
}

// As Kafka 4.3.1 answered.
test.each<[readonly Component[], string[], string[]]>([
  [[], Object.keys(KNOWN), []],
  [[['user', ANY, null]], ['e', 'ex', 'f', 'anyUser', 'anyPair'], ['e', 'f', 'anyUser']],
  [[['user', EXACT, 'e']], ['e', 'ex'], ['e']],
  [[['user', DEFAULT, null]], ['anyUser', 'anyPair'], ['anyUser']],
  [[['user', EXACT, 'nobody']], [], []],
  [[['client-id', EXACT, 'x']], ['ex', 'x'], ['x']],
  [
    [
      ['user', EXACT, 'e'],
      ['client-id', ANY, null],
    ],
    ['ex'],
    ['ex'],
  ],
  [[['ip', ANY, null]], ['ip', 'anyIp'], ['ip', 'anyIp']],
  [[['ip', DEFAULT, null]], ['anyIp'], ['anyIp']],
])('%j selects %j, strictly %j', (components, loosely, strictly) => {
  expect(select(components, false)).toEqual(loosely)
  expect(select(components, true)).toEqual(strictly)
})

test.each<[readonly Component[], ErrorCode, RegExp]>([
  [[['group', EXACT, 'e']], ErrorCode.UNSUPPORTED_VERSION, /Unsupported entity type group/],
  [[['', EXACT, 'e']], ErrorCode.INVALID_REQUEST, /empty entity type/],
  [[['user', EXACT, null]], ErrorCode.INVALID_REQUEST, /no name to match/],
  [[['user', DEFAULT, 'x']], ErrorCode.INVALID_REQUEST, /default has a name/],
  [[['user', ANY, 'x']], ErrorCode.INVALID_REQUEST, /any name has a name/],
  [[['user', 7, null]], ErrorCode.INVALID_REQUEST, /Unknown match type 7/],
  [[['user', -1, null]], ErrorCode.INVALID_REQUEST, /Unknown match type -1/],
  [
    [
      ['user', EXACT, 'e'],
      ['user', DEFAULT, null],
    ],
    ErrorCode.INVALID_REQUEST,
    /more than once/,
  ],
  [
    [
      ['ip', ANY, null],
      ['user', ANY, null],
    ],
    ErrorCode.INVALID_REQUEST,
    /IP filter/,
  ],
])('%j is refused with %d', (components, errorCode, reason) => {
  expect(select(components, true)).toEqual([errorCode, expect.stringMatching(reason)])
})
