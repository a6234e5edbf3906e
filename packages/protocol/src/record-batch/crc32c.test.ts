import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { crc32c, crc32cPlain } from './crc32c.ts'

test('check values of RFC 3720, appendix B.4', () => {
  const descending = Uint8Array.from({ length: 32 }, (_, at) => 31 - at)
  const cases: readonly (readonly [Uint8Array, number])[] = [
    [Buffer.from('123456789'), 0xe3069283],
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [descending.toReversed(), 0x46dd794e],
    [descending, 0x113fdb5c],
    [new Uint8Array(0), 0],
  ]
  for (const [bytes, crc] of cases) {
    expect(crc32c(bytes)).toBe(crc)
    expect(crc32cPlain(bytes, 0, bytes.length)).toBe(crc)
  }
})

test('the native and the plain one agree for every length and alignment', () => {
  const bytes = seededRandom(5).bytes(5000)
  for (let from = 0; from < 20; from++) {
    for (let length = 0; length < 300; length++) {
      const to = from + length
      expect(crc32c(bytes, from, to)).toBe(crc32cPlain(bytes, from, to))
    }
  }
  expect(crc32c(bytes)).toBe(crc32cPlain(bytes, 0, bytes.length))
  expect(crc32c(bytes.subarray(17, 4000))).toBe(crc32cPlain(bytes, 17, 4000))
})
