import { DecodeError } from '@pafka/base'
import * as protocol from '@pafka/protocol'
import { type Codec, WireReader, WireWriter } from '@pafka/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { arbitraryMessage } from './arbitrary.ts'
import { readSchemas } from '../src/generate.ts'
import { messagesOf, type MessageSchema, type Schema } from '../src/schema.ts'

const RUNS = 12
const exported = new Map<string, unknown>(Object.entries(protocol))

for (const { path, schema } of readSchemas()) {
  test(`${path}: any value of any version comes back the same`, () => {
    for (const message of messagesOf(schema)) {
      const codec = codecOf(schema, message)
      for (let version = message.versions.first; version <= message.versions.last; version++) {
        const property = fc.property(arbitraryMessage(message, version), (value) => {
          comesBack(codec, value, version)
        })
        expect(() => fc.assert(property, { numRuns: RUNS })).not.toThrow()
      }
    }
  })
}

function comesBack(codec: Codec<unknown>, value: unknown, version: number): void {
  const bytes = encoded(codec, value, version)
  const reader = new WireReader(bytes)
  const decoded = codec.decode(reader, version)
  expect(reader.remaining).toBe(0)
  expect(plain(decoded)).toEqual(plain(value))
  expect(encoded(codec, decoded, version)).toEqual(bytes)
  if (bytes.length === 0) return
  const cut = bytes.subarray(0, Math.floor(bytes.length / 2))
  expect(() => codec.decode(new WireReader(cut), version)).toThrow(DecodeError)
}

function encoded(codec: Codec<unknown>, value: unknown, version: number): Buffer {
  const writer = new WireWriter(16)
  codec.encode(writer, value, version)
  return Buffer.concat(writer.finish())
}

/** Buffers and arrays of bytes are the same here. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

function codecOf(schema: Schema, message: MessageSchema): Codec<unknown> {
  const value = exported.get(schema.kind === 'api' ? schema.name : message.name)
  if (!isObject(value)) throw new Error(`${message.name} is not exported`)
  const codec =
    schema.kind !== 'api'
      ? value
      : message === schema.request
        ? value['request']
        : value['response']
  if (!isCodec(codec)) throw new Error(`${message.name} has no codec`)
  return codec
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isCodec(value: unknown): value is Codec<unknown> {
  return isObject(value) && 'decode' in value && 'encode' in value
}
