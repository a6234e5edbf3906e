import { expect, test } from 'vitest'

import { ConnectionRates, plainAddress } from './connection-rates.ts'

const SHAPE = { samples: 11, sampleMs: 1000 }

test('an address may connect so often; what is refused does not count', () => {
  const rates = new ConnectionRates(SHAPE)
  rates.set('10.0.0.1', 2)
  const told = Array.from({ length: 25 }, () => rates.admit('10.0.0.1', 0))
  expect(told.filter((forMs) => forMs === 0)).toHaveLength(20)
  expect(new Set(told.slice(20))).toEqual(new Set([500]))
  expect(rates.figures).toEqual({ throttles: 5, throttledMs: 2500, sensors: 1 })
  expect(rates.admit('10.0.0.1', 11_000)).toBe(0)
})

test('nobody waits longer than a sample', () => {
  const rates = new ConnectionRates({ samples: 2, sampleMs: 1000 })
  rates.set(null, 1)
  const told = Array.from({ length: 9 }, () => rates.admit('::1', 0))
  expect(told).toEqual([0, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000])
})

test('the default is for who has no limit of its own', () => {
  const rates = new ConnectionRates({ samples: 2, sampleMs: 1000 })
  rates.set('10.0.0.1', 1_000_000)
  rates.set(null, 1)
  const connect = (address: string): number[] => [0, 0].map(() => rates.admit(address, 0))
  expect(connect('10.0.0.1')).toEqual([0, 0])
  expect(connect('10.0.0.2')).toEqual([0, 1000])
  rates.set(null, undefined)
  expect(connect('10.0.0.2')).toEqual([0, 0])
  rates.set('10.0.0.1', undefined)
  expect(connect('10.0.0.1')).toEqual([0, 0])
})

test.each([
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::ffff:a00:1', '10.0.0.1'],
  ['10.0.0.1', '10.0.0.1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['FE80::1%eth0', 'fe80::1'],
  ['', ''],
])('%s is written %s', (address, plain) => {
  expect(plainAddress(address)).toBe(plain)
})

test('all addresses together wait, and are let in at last', () => {
  const rates = new ConnectionRates({ samples: 2, sampleMs: 1000 })
  expect([0, 0, 0].map(() => rates.pace(2 ** 31 - 1, 0))).toEqual([0, 0, 0])
  const told = Array.from({ length: 4 }, () => rates.pace(2, 0))
  expect(told).toEqual([0, 0, 500, 1000])
  expect(rates.figures).toEqual({ throttles: 2, throttledMs: 1500, sensors: 0 })
  expect(rates.pace(2, 2000)).toBe(0)
  expect(rates.pace(0, 4000)).toBe(1000)
})
