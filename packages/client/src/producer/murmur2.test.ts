import { expect, test } from 'vitest'

import { murmur2, partitionOfKey } from './murmur2.ts'

// Java's `Utils.murmur2`: a key of each length up to 8, and what is left over after whole words.
test.each([
  ['', 275_646_681],
  ['mQ==', 1_288_378_381],
  ['GDQ=', -1_042_682_160],
  ['WpTJ', -313_141_582],
  ['OQt3Ag==', 612_225_306],
  ['CdMqWV0=', 99_467_382],
  ['QfSz5ZJH', -1_134_459_280],
  ['BRlLtV3Ksw==', -1_772_457_477],
  ['ABYXWqFH4fM=', 1_440_785_583],
])('the hash of %s is what Java gives', (key, hash) => {
  expect(murmur2(Buffer.from(key, 'base64'))).toBe(hash)
})

test('only so many bytes of a longer buffer count', () => {
  const key = Buffer.from('ABYXWqFH4fM=', 'base64')
  expect(murmur2(Buffer.concat([key, Buffer.from('rest')]), key.length)).toBe(1_440_785_583)
})

test('a negative hash has a partition, too', () => {
  const key = Buffer.from('GDQ=', 'base64')
  expect(partitionOfKey(key, key.length, 12)).toBe((-1_042_682_160 & 0x7fff_ffff) % 12)
})
