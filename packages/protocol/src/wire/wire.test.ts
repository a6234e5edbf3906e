import { DecodeError, InvariantViolation } from '@pafka/base'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { isUuid, ONE_UUID, randomUuid, uuidFromBytes, ZERO_UUID } from './uuid.ts'
import { MAX_ELEMENTS, WireReader } from './wire-reader.ts'
import { joinRecordBytes, WireWriter } from './wire-writer.ts'

function written(write: (writer: WireWriter) => void): Buffer {
  const writer = new WireWriter(4)
  write(writer)
  return Buffer.concat(writer.finish())
}

function hex(write: (writer: WireWriter) => void): string {
  return written(write).toString('hex')
}

test('int64 clamps on the way out and rounds on the way in', () => {
  expect(hex((writer) => writer.int64(2 ** 63))).toBe('7fffffffffffffff')
  expect(hex((writer) => writer.int64(Number.MAX_VALUE))).toBe('7fffffffffffffff')
  expect(hex((writer) => writer.int64(-Number.MAX_VALUE))).toBe('8000000000000000')
  expect(hex((writer) => writer.int64(-1))).toBe('ffffffffffffffff')
  expect(hex((writer) => writer.int64(2 ** 53 - 1))).toBe('001fffffffffffff')
  expect(hex((writer) => writer.int64(-(2 ** 53)))).toBe('ffe0000000000000')
  expect(new WireReader(Buffer.from('7fffffffffffffff', 'hex')).int64()).toBe(2 ** 63)
})

test('every safe integer survives as an int64', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(new WireReader(written((writer) => writer.int64(value))).int64()).toBe(value)
    }),
  )
})

test('every string survives in all four forms', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (value) => {
      const bytes = written((writer) => {
        writer.string(value)
        writer.compactString(value)
        writer.nullableString(value)
        writer.compactNullableString(value)
        writer.nullableString(null)
        writer.compactNullableString(null)
      })
      const reader = new WireReader(bytes)
      expect(reader.string()).toBe(value)
      expect(reader.compactString()).toBe(value)
      expect(reader.nullableString()).toBe(value)
      expect(reader.compactNullableString()).toBe(value)
      expect(reader.nullableString()).toBeNull()
      expect(reader.compactNullableString()).toBeNull()
      expect(reader.remaining).toBe(0)
    }),
  )
})

test('a string that the protocol cannot say is cut at a character', () => {
  const long = 'é'.repeat(20_000)
  const reader = new WireReader(
    written((writer) => {
      writer.string(long)
      writer.compactString(long)
    }),
  )
  expect(reader.string()).toBe('é'.repeat(16_383))
  expect(reader.compactString()).toBe('é'.repeat(16_383))
})

test('every uint32 survives as a varint, and its size is the least', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
      const bytes = written((writer) => writer.unsignedVarint(value))
      expect(new WireReader(bytes).unsignedVarint()).toBe(value)
      expect(bytes.length).toBe(Math.max(1, Math.ceil((32 - Math.clz32(value)) / 7)))
    }),
  )
  expect(() => new WireReader(Buffer.alloc(6, 0xff)).unsignedVarint()).toThrow(DecodeError)
})

test('large bytes are referenced in order, small ones are copied', () => {
  const large = Buffer.alloc(2000, 1)
  const small = Buffer.alloc(10, 2)
  const writer = new WireWriter()
  writer.bytes(small)
  writer.compactBytes(large)
  writer.int8(3)
  writer.bytes([small, large, new Uint8Array(0)])
  expect(writer.sizeBytes).toBe(4 + 10 + 2 + 2000 + 1 + 4 + 2010)
  const pieces = writer.finish()
  expect(pieces.filter((piece) => piece === large)).toHaveLength(2)
  expect(pieces.filter((piece) => piece === small)).toHaveLength(1)
  const reader = new WireReader(Buffer.concat(pieces))
  expect(reader.bytes()).toEqual(small)
  expect(reader.compactBytes()).toEqual(large)
  expect(reader.int8()).toBe(3)
  expect(reader.bytes()).toEqual(Buffer.concat([small, large]))
})

test('record bytes are joined only when they are in pieces', () => {
  const one = Buffer.from('one')
  expect(joinRecordBytes(one)).toBe(one)
  expect(joinRecordBytes([one])).toBe(one)
  expect(joinRecordBytes([one, Buffer.from('two')])).toEqual(Buffer.from('onetwo'))
  expect(joinRecordBytes([])).toHaveLength(0)
})

test('a reader begins anew with other bytes, in the same memory or not', () => {
  const memory = Buffer.from('0000000100000002000368c3a9', 'hex')
  const reader = new WireReader(memory.subarray(0, 4))
  expect([reader.int32(), reader.remaining]).toEqual([1, 0])
  reader.reset(memory.subarray(4, 8))
  expect([reader.int32(), reader.position, reader.remaining]).toEqual([2, 4, 0])
  expect(() => reader.int8()).toThrow('the bytes end inside a field')
  reader.reset(memory.subarray(8))
  expect(reader.string()).toBe('hé')
  reader.reset(Uint8Array.of(7))
  expect(reader.int8()).toBe(7)
})

test('uuids that follow each other are told apart', () => {
  const first = randomUuid()
  const second = randomUuid()
  const reader = new WireReader(
    written((writer) => {
      for (const uuid of [ZERO_UUID, first, first, second, ZERO_UUID, second]) writer.uuid(uuid)
    }),
  )
  const read = Array.from({ length: 6 }, () => reader.uuid())
  expect(read).toEqual([ZERO_UUID, first, first, second, ZERO_UUID, second])
})

test('uuids keep the form in which Kafka prints them', () => {
  expect(isUuid(ZERO_UUID) && isUuid(ONE_UUID)).toBe(true)
  expect(uuidFromBytes(new Uint8Array(16))).toBe(ZERO_UUID)
  expect(uuidFromBytes(Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? 1 : 0)))).toBe(
    ONE_UUID,
  )
  for (let count = 0; count < 100; count++) {
    const uuid = randomUuid()
    expect(isUuid(uuid)).toBe(true)
    expect(uuid).not.toMatch(/^-/)
    expect(new WireReader(written((writer) => writer.uuid(uuid))).uuid()).toBe(uuid)
  }
  expect(isUuid('AAAAAAAAAAAAAAAAAAAAAB')).toBe(false)
  expect(() => written((writer) => writer.uuid('too short'))).toThrow(InvariantViolation)
})

function claims(bytes: readonly number[]): WireReader {
  return new WireReader(Uint8Array.from(bytes))
}

test('the arrays of one frame have a limit together', () => {
  const bytes = Buffer.alloc(4 + MAX_ELEMENTS)
  bytes.writeInt32BE(MAX_ELEMENTS)
  expect(new WireReader(bytes).arrayLength(1)).toBe(MAX_ELEMENTS)
  const two = Buffer.concat([Buffer.from([0, 0, 0, 1]), bytes])
  const reader = new WireReader(two)
  expect(reader.arrayLength(1)).toBe(1)
  expect(() => reader.arrayLength(1)).toThrow(DecodeError)
})

test('a string that only a compact length can say is refused, as Kafka does', () => {
  const writer = new WireWriter()
  writer.compactBytes(Buffer.alloc(32_768, 'a'))
  const frame = Buffer.concat(writer.finish())
  expect(() => new WireReader(frame).compactString()).toThrow('longer than 32,767 bytes')
})

test('a length is compared with what is left before anything is taken', () => {
  const huge = [0x7f, 0xff, 0xff, 0xff]
  expect(() => claims(huge).bytes()).toThrow(DecodeError)
  expect(() => claims(huge).arrayLength(1)).toThrow(DecodeError)
  expect(() => claims([0, 0, 0, 3, 1, 2, 3]).arrayLength(2)).toThrow(DecodeError)
  expect(claims([0, 0, 0, 3, 1, 2, 3]).arrayLength(1)).toBe(3)
  expect(() => claims([0xff, 0xff, 0xff, 0xff, 0x0f]).compactArrayLength(4)).toThrow(DecodeError)
  expect(() => claims([0xff, 0xff, 0xff, 0xff]).arrayLength(1)).toThrow(DecodeError)
  expect(claims([0xff, 0xff, 0xff, 0xff]).nullableArrayLength(1)).toBe(-1)
  expect(() => claims([0xff, 0xff, 0xff, 0xfe]).nullableArrayLength(1)).toThrow(DecodeError)
  expect(() => claims([0xff, 0xfe]).nullableString()).toThrow(DecodeError)
  expect(() => claims([0]).compactString()).toThrow(DecodeError)
  expect(() => claims([1, 0, 9]).skipTaggedFields()).toThrow(DecodeError)
})
