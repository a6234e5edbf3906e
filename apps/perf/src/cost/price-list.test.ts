import { expect, test } from 'vitest'

import { FieldReader } from './field-reader.ts'
import { type PriceList, priceListOf } from './price-list.ts'

const WHO = { source: 'a test' }
const MACHINE = { name: 'm', about: 'a machine', price: 1000, ...WHO }
const DISK = { name: 'd', capacity: '16TB', price: 200, ...WHO }

function read(file: object): { list: PriceList; problems: string[] } {
  const problems: string[] = []
  const all = { currency: 'EUR', date: '2026-11', ...file }
  return { list: priceListOf(new FieldReader(all, 'f', problems)), problems }
}

test('machines to buy and to rent, drives by the device and by the GB', () => {
  const cloud = { name: 'cloud', pricePerGb: 0.5, rentPerMonthPerGb: 0.05, ...WHO, date: '2025' }
  const { list, problems } = read({
    machines: [
      { ...MACHINE, powerPerMonth: 30, storage: '1TB', mostStorage: '33TB', drive: 'd' },
      { ...MACHINE, name: 'n', price: undefined, rentPerHour: 2, powerPerMonth: 1, drive: 'cloud' },
      { ...MACHINE, name: 'o', rentPerMonth: 7, network: '1GB/s' },
    ],
    drives: [DISK, cloud],
  })
  expect(problems).toEqual([])
  const [m, n, o] = ['m', 'n', 'o'].map((name) => list.machines.get(name))
  expect(m).toMatchObject({ price: 1000, perMonth: 30, storageBytes: 1e12, date: '2026-11' })
  expect(m?.drive).toMatchObject({ unitBytes: 16e12, isByGb: false, price: 200 })
  expect(n).toMatchObject({ price: undefined, perMonth: 2 * 730 + 1 })
  expect(n?.drive).toMatchObject({
    ...{ unitBytes: 1e9, isByGb: true, price: 0.5, perMonth: 0.05, date: '2025' },
  })
  expect(o).toMatchObject({ perMonth: 7, networkRate: 1e9, storageBytes: undefined })
})

test.each([
  [{ price: undefined }, 'has no price and no rent'],
  [{ price: -1 }, 'price is -1, not a number from 0 on'],
  [{ price: '1000' }, 'price is "1000", not a number from 0 on'],
  [{ rentPerHour: 1, rentPerMonth: 1 }, 'rentPerHour and rentPerMonth, of which one is right'],
  [{ drive: 'x' }, 'drive x is none of the list'],
  [{ mostStorage: '1TB' }, 'mostStorage without a drive to add'],
  [{ mostStorage: '1TB', storage: '2TB', drive: 'd' }, 'mostStorage is less than storage'],
  [{ mostStorage: '17TB', storage: '2TB', drive: 'd' }, 'mostStorage leaves no room for one d'],
  [{ source: undefined }, 'source is missing'],
  [{ about: undefined }, 'about is missing'],
  [{ rent: 5 }, 'rent is none of'],
])('of a machine %j is wrong', (wrong, problem) => {
  const { problems } = read({ machines: [{ ...MACHINE, ...wrong }], drives: [DISK] })
  expect(problems.join('\n')).toContain(`f: machines[0]: ${problem}`)
})

test.each([
  [{ price: undefined }, 'has a price of a device, or of a GB: one of them'],
  [{ pricePerGb: 1 }, 'has a price of a device, or of a GB: one of them'],
  [{ capacity: undefined }, 'capacity is that of a device, and none where a GB has a price'],
  [
    { price: undefined, pricePerGb: 1 },
    'capacity is that of a device, and none where a GB has a price',
  ],
  [{ source: undefined }, 'source is missing'],
])('of a drive %j is wrong', (wrong, problem) => {
  const { problems } = read({ machines: [MACHINE], drives: [{ ...DISK, ...wrong }] })
  expect(problems.join('\n')).toContain(`f: drives[0]: ${problem}`)
})

test('a list has a currency, a date and machines, each once', () => {
  const { problems } = read({ currency: undefined, date: undefined, drives: [DISK, DISK] })
  expect(problems).toEqual([
    ...['f: currency is missing', 'f: date is missing'],
    ...['f: has two of d', 'f: machines is empty'],
  ])
})
