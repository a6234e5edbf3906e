import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { parseWorkload, type Workload } from '../workload/workload.ts'
import { workloadKeys, workloadPayloads } from './workload-load.ts'

const FILE = {
  ...{ name: 'w', topics: 1, partitionsPerTopic: 1, messageSize: 100, producersPerTopic: 1 },
  ...{ testDurationMinutes: 1 },
}

function workload(changes: object): Workload {
  return parseWorkload(JSON.stringify({ ...FILE, ...changes }))
}

test('values are partly random, as many as the pool has, and the same again by their seed', () => {
  const half = { useRandomizedPayloads: true, randomBytesRatio: 0.5, randomizedPayloadPoolSize: 3 }
  const payload = workloadPayloads(workload(half), 1)
  const values = [0, 1, 2].map((index) => Buffer.from(payload(index)))
  for (const value of values) {
    expect(value).toHaveLength(100)
    expect(value.subarray(50).every((byte) => byte === 0)).toBe(true)
    expect(value.subarray(0, 50).some((byte) => byte !== 0)).toBe(true)
  }
  expect(new Set(values.map(String)).size).toBe(3)
  expect(payload(3)).toEqual(values[0])
  expect(workloadPayloads(workload(half), 1)(1)).toEqual(values[1])
})

test('a file is the value, if it is as long as that', async () => {
  await using folder = await temporaryFolder()
  const payloadFile = join(folder.path, 'value')
  writeFileSync(payloadFile, 'v'.repeat(100))
  expect(Buffer.from(workloadPayloads(workload({ payloadFile }), 1)(7)).toString()).toBe(
    'v'.repeat(100),
  )
  writeFileSync(payloadFile, 'v'.repeat(99))
  expect(() => workloadPayloads(workload({ payloadFile }), 1)).toThrow('has 99 bytes, not 100')
  const missing = workload({ payloadFile: join(folder.path, 'none') })
  expect(() => workloadPayloads(missing, 1)).toThrow('ENOENT')
})

test('keys are none, one after the other, or at random', () => {
  expect(workloadKeys(workload({}), 1)()).toBe(null)
  const inTurn = workloadKeys(workload({ keyDistributor: 'KEY_ROUND_ROBIN' }), 1)
  const all = Array.from({ length: 10_001 }, () => String(inTurn()))
  expect(new Set(all).size).toBe(10_000)
  expect(all[10_000]).toBe(all[0])
  const random = workloadKeys(workload({ keyDistributor: 'RANDOM_NANO' }), 1)
  const some = Array.from({ length: 1000 }, () => String(random()))
  expect(new Set(some).size).toBeGreaterThan(900)
})
