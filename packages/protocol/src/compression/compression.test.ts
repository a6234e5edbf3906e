import { createRequire } from 'node:module'
import { deflateRawSync } from 'node:zlib'

import { DecodeError, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import {
  compress,
  Compression,
  type CompressionName,
  compressOffLoop,
  decompress,
  decompressOffLoop,
} from './compression.ts'
import { boundOfLz4Frame } from './lz4-frame.ts'
import { TooLargeError } from './wrap.ts'

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
const COMPRESSED = CODECS.filter((codec) => codec !== 'none')
const MIB = 1024 * 1024

const random = seededRandom(11)
const texts: readonly Uint8Array[] = [
  new Uint8Array(0),
  Uint8Array.of(1),
  Buffer.from('order-created '.repeat(1000)),
  random.bytes(100_000),
  Buffer.alloc(300_000, 'abcdefg'),
  Buffer.alloc(5 * MIB),
]

for (const codec of CODECS) {
  test(`${codec} gives back what it got, and accepts exactly as many bytes`, () => {
    for (const text of texts) {
      const packed = compress(codec, text)
      const unpacked = decompress(Compression[codec], packed, text.length)
      expect(Buffer.compare(unpacked, text)).toBe(0)
    }
  })
}

for (const codec of CODECS) {
  test(`${codec} in a thread gives what it gives without`, async () => {
    for (const text of texts) {
      const packed = await compressOffLoop(codec, text)
      expect(Buffer.compare(decompress(Compression[codec], packed, text.length), text)).toBe(0)
      const unpacked = await decompressOffLoop(Compression[codec], packed, text.length)
      expect(Buffer.compare(unpacked, text)).toBe(0)
    }
  })
}

for (const codec of COMPRESSED) {
  test(`${codec} leaves the loop to others`, async () => {
    let isDone = false
    const packing = compressOffLoop(codec, Buffer.alloc(MIB, 'abcdefg')).then((packed) => {
      isDone = true
      return decompressOffLoop(Compression[codec], packed, MIB)
    })
    // what is done on the loop ends before it turns; what a thread did is told when it turns
    for (let tick = 0; tick < 20; tick++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await new Promise<void>((resolve) => process.nextTick(resolve))
    }
    expect(isDone).toBe(false)
    expect((await packing).length).toBe(MIB)
  })

  test(`${codec} in a thread has the same limits, and finds the same damage`, async () => {
    const bomb = compress(codec, Buffer.alloc(MIB))
    await expect(decompressOffLoop(Compression[codec], bomb, MIB - 1)).rejects.toThrow(
      TooLargeError,
    )
    const cut = bomb.subarray(0, bomb.length - 9)
    await expect(decompressOffLoop(Compression[codec], cut, MIB)).rejects.toThrow(DecodeError)
  })
}

for (const codec of COMPRESSED) {
  test(`a ${codec} bomb stops at the limit`, () => {
    const bomb = compress(codec, Buffer.alloc(16 * MIB))
    expect(bomb.length).toBeLessThan(MIB)
    expect(() => decompress(Compression[codec], bomb, 100_000)).toThrow(TooLargeError)
    expect(() => decompress(Compression[codec], bomb, 16 * MIB - 1)).toThrow(TooLargeError)
  })

  test(`${codec} data that is cut or not ${codec} is a DecodeError`, () => {
    const packed = compress(codec, Buffer.from('some bytes that are compressed '.repeat(9)))
    for (let length = 1; length < packed.length; length++) {
      if (codec === 'snappy' && length === 16) continue // a header alone is no bytes, framed
      expect(() => decompress(Compression[codec], packed.subarray(0, length), MIB)).toThrow(
        DecodeError,
      )
    }
    const other = deflateRawSync(Buffer.from('another format'))
    expect(() => decompress(Compression[codec], other, MIB)).toThrow(DecodeError)
  })
}

test('levels make gzip and zstd smaller', () => {
  const text = Buffer.from(Array.from({ length: 9000 }, (_, at) => `${at * 7919}`).join())
  const sizeOf = (codec: CompressionName, level: number): number =>
    compress(codec, text, level).length
  expect(sizeOf('gzip', 9)).toBeLessThan(sizeOf('gzip', 1))
  expect(sizeOf('zstd', 19)).toBeLessThan(sizeOf('zstd', 1))
})

test('a codec that does not exist is a DecodeError', () => {
  for (const codec of [5, 6, 7]) {
    expect(() => decompress(codec, Uint8Array.of(1, 2, 3), MIB)).toThrow(DecodeError)
  }
})

test('snappy is read as one bare block, and framed twice over', () => {
  const text = Buffer.from('bare block '.repeat(50))
  const bare = snappyBlock(text)
  expect(Buffer.from(decompress(Compression.snappy, bare, MIB))).toEqual(text)
  const framed = compress('snappy', text)
  const twice = Buffer.concat([framed, framed])
  expect(decompress(Compression.snappy, twice, MIB)).toEqual(Buffer.concat([text, text]))
})

test('snappy is written as snappy-java frames it, in blocks of 32 KiB', () => {
  const packed = Buffer.from(compress('snappy', Buffer.alloc(70_000)))
  expect(packed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001')
  const sizes: number[] = []
  for (let at = 16; at < packed.length; at += 4 + packed.readInt32BE(at)) sizes.push(at)
  expect(sizes).toHaveLength(3)
})

test('a snappy block that lies about its size takes no memory', () => {
  const lie = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), Buffer.alloc(20)])
  expect(() => decompress(Compression.snappy, lie, MIB)).toThrow(DecodeError)
  const modest = Buffer.concat([Buffer.from([0xe8, 0x07]), Buffer.alloc(20)])
  expect(() => decompress(Compression.snappy, modest, MIB)).toThrow(DecodeError)
})

test('lz4 frames have independent blocks, as the Java client demands', () => {
  const packed = compress('lz4', Buffer.alloc(300_000, 'xyz'))
  expect(Buffer.from(packed.subarray(0, 5)).toString('hex')).toBe('04224d1860')
})

test('an lz4 frame is measured without being decompressed', () => {
  for (const text of texts) {
    const packed = compress('lz4', text)
    expect(boundOfLz4Frame(packed, 0).contentBytes).toBe(text.length)
    const padded = Buffer.concat([packed, Buffer.from('rubbish')])
    expect(boundOfLz4Frame(padded, 0).frameBytes).toBe(packed.length)
    expect(Buffer.compare(decompress(Compression.lz4, padded, text.length), text)).toBe(0)
  }
})

test('an lz4 frame that claims a content size of a terabyte takes no memory', () => {
  const packed = Buffer.from(compress('lz4', Buffer.from('small')))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(2n ** 40n)
  const lying = Buffer.concat([packed.subarray(0, 6), size, packed.subarray(6)])
  lying[4] = 0x68
  for (let headerChecksum = 0; headerChecksum < 256; headerChecksum++) {
    lying[14] = headerChecksum
    expect(() => decompress(Compression.lz4, lying, MIB)).toThrow(DecodeError)
  }
})

function snappyBlock(bytes: Uint8Array): Uint8Array {
  const snappy = createRequire(import.meta.url)('snappy') as {
    compressSync(bytes: Uint8Array): Uint8Array
  }
  return snappy.compressSync(bytes)
}
