import { expect, test } from 'vitest'

import { connectionsOf, durabilityOf } from './contestant-facts.ts'

const NEVER = 2 ** 63
const ONE = { acks: 'all', replicas: 1, inSync: 1, flushMs: String(NEVER) } as const
const NEVER_FLUSHED = { ...ONE, flushMessages: NEVER }

test.for([
  ['kafka', { ...NEVER_FLUSHED, channel: undefined }, 'in the page cache at the ack: a power cut'],
  ['flushed', { ...ONE, channel: undefined, flushMessages: 1 }, 'on the device before the ack: fl'],
  ['a journal', { ...NEVER_FLUSHED, channel: 'journal' }, 'on the device before the ack: journal'],
  ['tiers', { ...NEVER_FLUSHED, channel: 'tiered' }, 'on the device before the ack: journal'],
  ['memory', { ...NEVER_FLUSHED, channel: 'pmem' }, 'stored to persistent memory before the ack'],
  ['files', { ...NEVER_FLUSHED, channel: 'file' }, 'in the page cache at the ack: a power cut'],
  [
    'a journal that is eased',
    { ...ONE, channel: 'journal', flushMessages: 1000 },
    'in the page cache at the ack; flushed by flush.messages=1000',
  ],
] as const)('an ack of %s says so', ([, terms, said]) => {
  const [first, second] = durabilityOf(terms)
  expect(first).toContain(said)
  expect(second).toBe('on one broker')
})

test('copies count, and who asks for none is told', () => {
  const three = { ...NEVER_FLUSHED, channel: undefined, replicas: 3, inSync: 2 }
  expect(durabilityOf(three)[1]).toBe('on 2 of 3 brokers at least')
  expect(durabilityOf({ ...three, acks: 'leader' })[1]).toBe('on one broker')
  expect(durabilityOf({ ...three, acks: 'none' })).toEqual(['nobody waits for an ack'])
})

test('whether connections are secured is said', () => {
  expect(connectionsOf({})).toBe('not encrypted')
  const credentials = { username: 'u', password: 'p' }
  const sasl = { mechanism: 'scram-sha-512', credentials } as const
  expect(connectionsOf({ tls: {}, sasl })).toBe('TLS, SASL SCRAM-SHA-512')
})
