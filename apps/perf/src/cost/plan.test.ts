import { DAY_MS } from '@pafka/base'
import { expect, test } from 'vitest'

import type { Contestant } from './contestant.ts'
import { type Demand, planOf } from './plan.ts'
import type { Drive, Machine } from './price-list.ts'

const GB = 1e9
const WHO = { date: '2026', source: 'a test' }

const contestant: Contestant = {
  ...{ name: 'a', series: '', produceRate: 0.5 * GB, consumeRate: GB, machine: 'm', ...WHO },
  ...{ durability: undefined, hardware: undefined },
}
const machine: Machine = {
  ...{ name: 'm', about: 'a machine', price: 1000, perMonth: undefined, ...WHO },
  ...{ networkRate: 10 * GB, storageBytes: 1000 * GB, mostStorageBytes: undefined },
  drive: undefined,
}
const demand: Demand = {
  ...{ targetRate: 10 * GB, fanOut: 1, replicationFactor: 1, retentionMs: undefined },
  headroom: 1,
}
const disk: Drive = {
  ...{ name: 'disk', unitBytes: 400 * GB, isByGb: false, price: 50, perMonth: undefined, ...WHO },
}

test.each([
  ['produce', {}, {}, 20],
  ['consume', {}, { fanOut: 3 }, 30],
  ['network in', { networkRate: 0.4 * GB }, {}, 25],
  ['network out', { networkRate: 0.4 * GB }, { fanOut: 2 }, 50],
  ['storage', {}, { retentionMs: 5000 * 1000 }, 50],
  ['replication', {}, { targetRate: 1, replicationFactor: 3 }, 3],
])('%s is what binds', (name, ofMachine, ofDemand, machines) => {
  const plan = planOf(contestant, { ...machine, ...ofMachine }, { ...demand, ...ofDemand })
  expect(plan.boundBy[0]).toBe(name)
  expect(plan.machines).toBe(machines)
  expect(plan.bought).toBe(machines * 1000)
})

test('two limits that ask for as many machines are both named', () => {
  const { boundBy, limits } = planOf({ ...contestant, consumeRate: 0.5 * GB }, machine, demand)
  expect(boundBy).toEqual(['produce', 'consume'])
  expect(limits.map(({ machines }) => machines)).toEqual([20, 20, 1, 1])
})

test('headroom is of rates, of networks and of drives; rounding costs no machine', () => {
  const half = { ...demand, headroom: 0.5, retentionMs: 5000 * 1000 }
  const { limits } = planOf(contestant, machine, half)
  expect(limits.map((limit) => limit.machines)).toEqual([40, 20, 2, 2, 100])
  const exact = { ...demand, targetRate: 1_470_000, headroom: 0.7 }
  expect(1_470_000 / (700_000 * 0.7)).toBeGreaterThan(3)
  expect(planOf({ ...contestant, produceRate: 700_000 }, machine, exact).machines).toBe(3)
})

test('copies are written where they are kept, and read from where the first one is', () => {
  const copied = { ...demand, replicationFactor: 3, fanOut: 2, retentionMs: 1000 * 1000 }
  const { limits } = planOf(contestant, machine, copied)
  expect(Object.fromEntries(limits.map(({ name, machines }) => [name, machines]))).toEqual({
    ...{ produce: 60, consume: 40, 'network in': 3, 'network out': 4 },
    ...{ storage: 30, replication: 3 },
  })
})

test('what was not measured, and what no list says, sets no limit', () => {
  const unread = planOf({ ...contestant, consumeRate: undefined }, undefined, {
    ...{ ...demand, fanOut: 100, retentionMs: DAY_MS },
  })
  expect(unread.limits).toEqual([{ name: 'produce', machines: 20 }])
  expect(unread).toMatchObject({ bought: undefined, perMonth: undefined, addedDrives: undefined })
})

test('drives are added up to what a machine has room for, whole devices to each', () => {
  const kept = { ...demand, retentionMs: 4000 * 1000 } // 40 TB
  const roomy = planOf(contestant, { ...machine, drive: disk }, kept)
  expect(roomy).toMatchObject({ machines: 20, boundBy: ['produce'], bought: 20_000 + 60 * 50 })
  expect(roomy.addedDrives).toEqual({ drive: disk, count: 60 }) // 2 TB each, 1 TB is there
  const narrow = { ...machine, drive: disk, mostStorageBytes: 1700 * GB } // one fits, not two
  const bound = planOf(contestant, narrow, kept)
  expect(bound).toMatchObject({ machines: 29, boundBy: ['storage'] })
  expect(bound.addedDrives?.count).toBe(29)
  const enough = planOf(contestant, { ...machine, drive: disk }, { ...kept, retentionMs: 1000 })
  expect(enough.addedDrives).toBeUndefined()
})

test('what is rented is told apart from what is bought', () => {
  const rented = { ...disk, price: undefined, perMonth: 7, unitBytes: GB, isByGb: true }
  const own = { ...machine, perMonth: 10, drive: rented }
  const plan = planOf(contestant, own, { ...demand, retentionMs: 4000 * 1000 })
  expect(plan.addedDrives?.count).toBe(20 * 1000)
  expect(plan).toMatchObject({ bought: 20_000, perMonth: 20 * 10 + 20_000 * 7 })
})
