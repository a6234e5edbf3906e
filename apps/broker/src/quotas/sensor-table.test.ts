import { HOUR_MS } from '@pafka/base'
import { expect, test } from 'vitest'

import { SensorTable } from './sensor-table.ts'

test('beyond the bound those go who were not heard of for longest', () => {
  let made = 0
  const table = new SensorTable(() => (made += 1), 3)
  for (const key of ['a', 'b', 'c', 'a', 'd']) table.get(key, 0)
  expect(table.size).toBe(3)
  expect(table.get('a', 0)).toBe(1)
  expect(table.get('b', 0)).toBe(5)
})

test('who is quiet for an hour is forgotten, and others are not', () => {
  let made = 0
  const table = new SensorTable(() => (made += 1))
  table.get('quiet', 0)
  table.get('busy', HOUR_MS - 1)
  expect(table.size).toBe(2)
  table.get('busy', HOUR_MS)
  expect(table.size).toBe(1)
  expect(table.get('quiet', HOUR_MS)).toBe(3)
})

test('any number of made-up client ids stays within the bound', () => {
  const table = new SensorTable(() => 0)
  for (let at = 0; at < 30_000; at += 1) table.get(`made-up-${at}`, at)
  expect(table.size).toBe(10_000)
})
