import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import { DecodeError } from '@pafka/base'
import { Writer } from 'protobufjs/minimal.js'
import { expect, test } from 'vitest'

import { writtenMetrics } from '../../test/otlp-writer.ts'
import { decodeMetrics } from './otlp-metrics.ts'

const GAUGE = { name: 'a.b', points: [{ value: 1 }] }

test('gauges and sums, with what they are about', () => {
  const bytes = writtenMetrics(
    [
      { name: 'g', points: [{ value: 0.5, attributes: { topic: 't', partition: 3 } }] },
      { name: 'd', type: 'delta', points: [{ value: 7, isInteger: true }] },
      { name: 'c', type: 'cumulative', points: [{ value: 2 ** 40 + 1, isInteger: true }] },
      {
        name: 'u',
        type: 'cumulative',
        isMonotonic: false,
        points: [{ value: -5, isInteger: true }],
      },
    ],
    { group_id: 'g1' },
  )
  const common = { attributes: [], isDelta: false }
  expect(decodeMetrics(bytes)).toMatchObject({
    points: [
      {
        name: 'g',
        kind: 'gauge',
        isDelta: false,
        value: 0.5,
        attributes: [
          ['topic', 't'],
          ['partition', '3'],
        ],
      },
      { ...common, name: 'd', kind: 'counter', isDelta: true, value: 7 },
      { ...common, name: 'c', kind: 'counter', value: 2 ** 40 + 1 },
      { ...common, name: 'u', kind: 'gauge', value: -5 },
    ],
    resource: [['group_id', 'g1']],
    skippedPoints: 0,
  })
})

test('attributes are texts, whatever they were', () => {
  const attributes = { yes: true, no: false, half: 0.5, below: -3, large: 2 ** 40, text: 'x' }
  const { points } = decodeMetrics(
    writtenMetrics([{ name: 'g', points: [{ value: 1, attributes }] }]),
  )
  expect(Object.fromEntries(points[0]?.attributes ?? [])).toEqual({
    yes: 'true',
    no: 'false',
    half: '0.5',
    below: '-3',
    large: '1099511627776',
    text: 'x',
  })
})

test('what was not measured is nothing; distributions are counted, and not read', () => {
  const points = [{ value: 1 }, { value: 2 }]
  const bytes = writtenMetrics([
    { name: 'h', type: 'histogram', points },
    { name: 'g', points: [{ value: 1, flags: 1 }, { value: 2, flags: 0 }, {}] },
  ])
  const read = decodeMetrics(bytes)
  expect(read.points.map(({ value }) => value)).toEqual([2])
  expect(read.skippedPoints).toBe(3) // two of the histogram, and one that has no value
})

test('what a Java consumer pushes', async () => {
  const path = join(import.meta.dirname, '../../test/fixtures/java-consumer-metrics.txt')
  const { points, resource, skippedPoints } = decodeMetrics(
    gunzipSync(Buffer.from(await readFile(path, 'utf8'), 'base64')),
  )
  expect(skippedPoints).toBe(0)
  expect(Object.keys(Object.fromEntries(resource))).toEqual(['group_id', 'group_member_id'])
  const names = points.map(({ name }) => name)
  expect(names.every((name) => name.startsWith('org.apache.kafka.'))).toBe(true)
  const consumed = 'org.apache.kafka.consumer.fetch.manager.records.consumed.total'
  expect(points.filter(({ name }) => name === consumed)).toMatchObject([
    { kind: 'counter', isDelta: false },
    { kind: 'counter', attributes: [['topic', 'ab']] },
  ])
})

test('longer and more than anybody needs is left out, and counted', () => {
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`a${at}`, 'x']))
  const point = (attributes: Record<string, string>) => ({ value: 1, attributes })
  const bytes = writtenMetrics([
    { name: 'n'.repeat(201), points: [{ value: 1 }] },
    { name: '', points: [{ value: 1 }] },
    { name: 'g', points: [point(many), point({ ['k'.repeat(201)]: 'v' })] },
    { name: 'g', points: [point({ k: 'v'.repeat(201) }), point({ k: 'v'.repeat(200) })] },
  ])
  const { points, skippedPoints } = decodeMetrics(bytes)
  expect([points.length, skippedPoints]).toEqual([1, 5])
  const all = Array.from({ length: 10_005 }, () => ({ value: 1 }))
  const crowd = decodeMetrics(writtenMetrics([{ name: 'g', points: all }, GAUGE]))
  expect([crowd.points.length, crowd.skippedPoints]).toEqual([10_000, 6])
  const attributes = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`r${at}`, 'x']))
  expect(decodeMetrics(writtenMetrics([GAUGE], attributes)).resource).toHaveLength(16)
})

test('bytes cut anywhere are refused, or are fewer whole metrics', () => {
  const bytes = writtenMetrics([GAUGE, { ...GAUGE, type: 'delta' }, GAUGE], { r: 'x' })
  const whole = decodeMetrics(bytes).points
  for (let size = 0; size < bytes.length; size += 1) {
    let found = 0
    try {
      found = decodeMetrics(bytes.subarray(0, size)).points.length
    } catch (error) {
      expect(error).toBeInstanceOf(DecodeError)
    }
    expect(found).toBeLessThan(whole.length)
  }
})

test('groups are refused: they may be as deep as somebody likes', () => {
  const START_GROUP = (1 << 3) | 3
  const deep = Buffer.alloc(1_000_000, START_GROUP)
  expect(() => decodeMetrics(deep)).toThrow(/groups/)
})

test('a message that says it is longer than the one around it is refused', () => {
  const writer = Writer.create()
  writer.uint32((1 << 3) | 2).uint32(2) // two bytes
  writer.uint32((1 << 3) | 2).uint32(100) // a hundred of them
  const bytes = Buffer.concat([writer.finish(), Buffer.alloc(200)])
  expect(() => decodeMetrics(bytes)).toThrow(/cut short/)
})
