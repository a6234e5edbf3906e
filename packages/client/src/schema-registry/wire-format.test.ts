import { DecodeError, seededRandom } from '@pafka/base'
import { mutated } from '@pafka/testing'
import { expect, test } from 'vitest'

import type { DecodeContext } from '../serde/serde.ts'
import { readTag, tagBytes } from './wire-format.ts'

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex')
}

function context(headers: readonly (readonly [string, Uint8Array | null])[] = []): DecodeContext {
  return { topic: 't', isKey: false, headers: () => headers }
}

test('an id is four bytes behind a zero', () => {
  expect(tagBytes(1)).toEqual(hex('00 00000001'))
  expect(tagBytes(0x01020304)).toEqual(hex('00 01020304'))
  const tag = readTag(hex('00 01020304 aabb'), context(), false)
  expect(tag).toEqual({ id: 0x01020304, indexes: [0], valueAt: 5 })
})

// As @confluentinc/schemaregistry 1.10 writes them: how many, then each, as zigzag varints.
const INDEXES = [
  { indexes: [0], bytes: '00' },
  { indexes: [1], bytes: '02 02' },
  { indexes: [1, 0], bytes: '04 02 00' },
  { indexes: [2, 1, 0], bytes: '06 04 02 00' },
  { indexes: [63, 64], bytes: '04 7e 8001' },
  { indexes: [0, 1000], bytes: '04 00 d00f' },
]

test.for(INDEXES)('message $indexes is $bytes', ({ indexes, bytes }) => {
  expect(tagBytes(7, indexes)).toEqual(hex(`00 00000007 ${bytes}`))
  const written = hex(`00 00000007 ${bytes} ff`)
  const valueAt = written.length - 1
  expect(readTag(written, context(), true)).toEqual({ id: 7, indexes, valueAt })
})

test('the first message may be written in full', () => {
  const tag = readTag(hex('00 00000007 02 00 ff'), context(), true)
  expect(tag).toEqual({ id: 7, indexes: [0], valueAt: 7 })
})

const GUID = '89791762-2336-4186-9674-299b90a802e2'
const GUID_HEX = GUID.replaceAll('-', '')

test('a GUID is sixteen bytes behind a one', () => {
  const tag = readTag(hex(`01 ${GUID_HEX} aa`), context(), false)
  expect(tag).toEqual({ id: GUID, indexes: [0], valueAt: 17 })
})

test('a GUID is written as it is read', () => {
  expect(tagBytes(GUID)).toEqual(hex(`01 ${GUID_HEX}`))
  expect(tagBytes(GUID, [1, 0])).toEqual(hex(`01 ${GUID_HEX} 04 02 00`))
  expect(() => tagBytes('7')).toThrow('7 is no GUID')
})

test('a header comes before what the value begins with, which is then all of the value', () => {
  const headers = [
    ['__key_schema_id', hex('00 00000001')],
    ['__value_schema_id', hex(`01 ${GUID_HEX} 04 02 00`)],
  ] as const
  const value = hex('00 00000009 aa')
  const tag = readTag(value, context(headers), true)
  expect(tag).toEqual({ id: GUID, indexes: [1, 0], valueAt: 0 })
  const ofKey = readTag(value, { ...context(headers), isKey: true }, false)
  expect(ofKey).toEqual({ id: 1, indexes: [0], valueAt: 0 })
})

test.for([
  ['nothing', ''],
  ['another magic byte', '02 00000001'],
  ['half an id', '00 0000'],
  ['half a GUID', `01 ${GUID_HEX.slice(2)}`],
  ['no indexes', '00 00000001'],
  ['fewer indexes than it says', '00 00000001 06 02'],
  ['a negative count', '00 00000001 01'],
  ['a negative index', '00 00000001 02 01'],
  ['an endless number', '00 00000001 ffffffffffffffffffffff'],
  ['more indexes than bytes', '00 00000001 feffffff0f 00'],
] as const)('%s is no tag', ([, bytes]) => {
  expect(() => readTag(hex(bytes), context(), true)).toThrow(DecodeError)
})

test('whatever bytes are, there is a tag within them, or a DecodeError', () => {
  const seed = 20_261_123
  const random = seededRandom(seed)
  for (let attempt = 0; attempt < 3000; attempt++) {
    const { indexes } = INDEXES[random.below(INDEXES.length)] ?? { indexes: [0] }
    const bytes = mutated(random, Buffer.concat([tagBytes(random.below(2 ** 31), indexes)]))
    try {
      const { valueAt, indexes: read } = readTag(bytes, context(), true)
      expect(valueAt, `seed ${seed}`).toBeLessThanOrEqual(bytes.length)
      expect(read.length, `seed ${seed}`).toBeLessThanOrEqual(bytes.length)
    } catch (error) {
      expect(error, `seed ${seed}`).toBeInstanceOf(DecodeError)
    }
  }
})
