import type { ClientQuotasSet } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { MOST_ENTITIES, planAlterations, type QuotaAlteration } from './plan-alterations.ts'
import { entityKey } from './quota-entity.ts'

const RATE = 'producer_byte_rate'

type Entity = Readonly<Record<string, string | null>>

/** @param quotas null removes one. */
function alter(entity: Entity, quotas: Readonly<Record<string, number | null>>): QuotaAlteration {
  return {
    entity: Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName })),
    ops: Object.entries(quotas).map(([key, value]) => ({
      key,
      value: value ?? 0,
      remove: value === null,
    })),
  }
}

function set(type: string, name: string | null, rate: number): ClientQuotasSet {
  const quotas = new Map([[RATE, rate]])
  return { kind: 'client-quotas-set', entity: [{ type, name }], quotas }
}

function knownOf(...sets: readonly ClientQuotasSet[]): Map<string, ClientQuotasSet> {
  return new Map(sets.map((each) => [entityKey(each.entity), each]))
}

const WRONG: readonly (readonly [string, QuotaAlteration, RegExp])[] = [
  ['no entity', alter({}, { [RATE]: 1 }), /empty client quota entity/],
  ['an unknown type', alter({ group: 'g' }, { [RATE]: 1 }), /Unhandled .* group/],
  ['no type', alter({ '': 'g' }, { [RATE]: 1 }), /Unhandled/],
  ['an empty user', alter({ user: '' }, { [RATE]: 1 }), /Empty user not supported/],
  ['an empty client id', alter({ 'client-id': '' }, { [RATE]: 1 }), /Empty client-id/],
  ['a long name', alter({ user: 'u'.repeat(1025) }, { [RATE]: 1 }), /at most 1024 characters/],
  ['an address and a user', alter({ ip: '1.2.3.4', user: 'a' }, { [RATE]: 1 }), /combination/],
  ['a wrong address', alter({ ip: '1.2.3.4.5' }, { connection_creation_rate: 1 }), /valid IP/],
  ['a host', alter({ ip: 'localhost' }, { connection_creation_rate: 1 }), /valid IP/],
  ['an unknown key', alter({ user: 'a' }, { nonsense: 1 }), /Invalid configuration key nonsense/],
  ['an address with bytes', alter({ ip: '::1' }, { [RATE]: 1 }), /Invalid configuration key/],
  ['a user with connections', alter({ user: 'a' }, { connection_creation_rate: 1 }), /Invalid/],
  ['a fraction of a byte', alter({ user: 'a' }, { [RATE]: 1.5 }), /fractional/],
  ['a fraction of a connection', alter({ ip: null }, { connection_creation_rate: 0.5 }), /fract/],
  [
    'too many connections',
    alter({ ip: null }, { connection_creation_rate: 2 ** 31 }),
    /too large: INT/,
  ],
  ['infinite bytes', alter({ user: 'a' }, { [RATE]: Infinity }), /too large: LONG/],
  ['more than a long', alter({ user: 'a' }, { [RATE]: 1e300 }), /too large: LONG/],
  ['infinite time', alter({ user: 'a' }, { request_percentage: Infinity }), /must be finite/],
]

test.each(WRONG)('%s is refused', (_, alteration, reason) => {
  const { refusals, records } = planAlterations([alteration], new Map())
  expect(refusals[0]?.errorCode).toBe(ErrorCode.INVALID_REQUEST)
  expect(refusals[0]?.errorMessage).toMatch(reason)
  expect(records).toEqual([])
})

const KEYS = [
  [{ user: 'a' }, RATE],
  [{ 'client-id': null }, 'consumer_byte_rate'],
  [{ user: null }, 'request_percentage'],
  [{ user: 'a', 'client-id': 'b' }, 'controller_mutation_rate'],
  [{ ip: '::1' }, 'connection_creation_rate'],
] as const

test.each(KEYS)('%j %s: what is not above 0 is refused, 1 is not', (entity, key) => {
  for (const value of [0, -0, -1, -Infinity, NaN]) {
    const { refusals, records } = planAlterations([alter(entity, { [key]: value })], new Map())
    expect(refusals[0]?.errorMessage).toMatch(/greater than 0|must be a number/)
    expect(records).toEqual([])
  }
  const { refusals, records } = planAlterations([alter(entity, { [key]: 1 })], new Map())
  expect(refusals).toEqual([undefined])
  expect(records[0]?.quotas).toEqual(new Map([[key, 1]]))
})

test('all quotas of an entity change, or none; other entities do not care', () => {
  const known = knownOf(set('user', 'a', 5), set('user', 'b', 5))
  const wanted = [
    alter({ user: 'a' }, { [RATE]: 7, consumer_byte_rate: 8, nonsense: 1 }),
    alter({ user: 'b' }, { [RATE]: null, consumer_byte_rate: 9 }),
    alter({ user: null, 'client-id': null }, { request_percentage: 0.5 }),
  ]
  const { refusals, records } = planAlterations(wanted, known)
  expect(refusals.map((each) => each?.errorCode)).toEqual([42, undefined, undefined])
  expect(records.map(({ quotas }) => [...quotas])).toEqual([
    [['consumer_byte_rate', 9]],
    [['request_percentage', 0.5]],
  ])
})

test('what changes nothing is not written', () => {
  const known = knownOf(set('user', 'a', 5))
  const wanted = [
    alter({ user: 'a' }, { [RATE]: 5 }),
    alter({ user: 'b' }, {}),
    alter({ user: 'c' }, { [RATE]: null, nonsense: null }),
  ]
  expect(planAlterations(wanted, known)).toEqual({
    refusals: [undefined, undefined, undefined],
    records: [],
  })
})

test('the last quota of an entity takes it along', () => {
  const known = knownOf(set('user', 'a', 5))
  const { records } = planAlterations([alter({ user: 'a' }, { [RATE]: null })], known)
  expect(records.map(({ quotas }) => quotas.size)).toEqual([0])
})

test('an entity, a part of it or a key named twice is refused, and nothing of it is done', () => {
  const part = { entityType: 'user', entityName: 'p' }
  const op = { key: RATE, value: 1, remove: false }
  const { refusals, records } = planAlterations(
    [
      alter({ user: 'a', 'client-id': 'x' }, { [RATE]: 1 }),
      alter({ 'client-id': 'x', user: 'a' }, { consumer_byte_rate: 1 }),
      { entity: [part, { ...part, entityName: 'q' }], ops: [op] },
      { entity: [{ ...part, entityName: 'r' }], ops: [op, op] },
      alter({ user: '<default>' }, { [RATE]: 1 }),
      alter({ user: null }, { [RATE]: 1 }),
    ],
    new Map(),
  )
  expect(refusals.map((each) => each?.errorMessage.split(':')[0])).toEqual([
    'Ignoring duplicate entity',
    'Ignoring duplicate entity',
    'Invalid client quota entity',
    `Duplicate quota key ${RATE}`,
    undefined,
    undefined,
  ])
  expect(records).toHaveLength(2)
})

test('entities are bounded, and one that goes makes room', () => {
  const sets = Array.from({ length: MOST_ENTITIES }, (_, at) => set('user', `u${at}`, 1))
  const known = knownOf(...sets)
  const more = alter({ user: 'more' }, { [RATE]: 1 })
  const { refusals } = planAlterations([more, alter({ user: 'u1' }, { [RATE]: 2 })], known)
  expect(refusals[0]?.errorMessage).toMatch(/10000 entities/)
  expect(refusals[1]).toBeUndefined()
  const gone = alter({ user: 'u1' }, { [RATE]: null })
  expect(planAlterations([gone, more], known).refusals).toEqual([undefined, undefined])
})
