import { DecodeError } from '@pafka/base'
import { WireReader } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { allCodecs, encoded, messageVectors } from './codecs.ts'

/** Vectors of messages that only controllers exchange, which no client of a broker ever sees. */
const NOT_OURS = new RegExp(
  [
    '^AlterPartition(Request|Response)',
    '^(AllocateProducerIds|AssignReplicasToDirs|BeginQuorum|BrokerHeartbeat|BrokerRegistration)',
    '^(ControllerRegistration|EndQuorum|Envelope|FetchSnapshot|UpdateRaftVoter|Vote)',
    '^(DefaultPrincipalData|KRaftVersionRecord|LeaderChangeMessage|Snapshot)',
  ].join('|'),
)

const codecs = allCodecs()
const byName = Map.groupBy(messageVectors(), ({ name }) => name)

test('every codec has vectors, and every vector of a broker has a codec', () => {
  const records = /(Key|Value|ProducerSnapshot)$/
  const withoutVectors = [...codecs.keys()].filter(
    (name) => !byName.has(name) && !records.test(name),
  )
  const withoutCodec = [...byName.keys()].filter(
    (name) => !codecs.has(name) && !NOT_OURS.test(name),
  )
  expect({ withoutVectors, withoutCodec }).toEqual({ withoutVectors: [], withoutCodec: [] })
})

for (const [name, group] of byName) {
  const codec = codecs.get(name)
  if (codec === undefined) continue

  test(`${name} agrees with Kafka's own codec`, () => {
    for (const { version, fields, base64 } of group) {
      expect(version).toBeGreaterThanOrEqual(codec.minVersion)
      expect(version).toBeLessThanOrEqual(codec.maxVersion)
      const bytes = Buffer.from(base64, 'base64')
      const reader = new WireReader(bytes)
      const value = codec.decode(reader, version)
      expect(reader.remaining).toBe(0)
      expect(readable(value, fields), `version ${version}`).toMatchObject(objectOf(fields))
      expect(encoded(codec, value, version)).toEqual(bytes)
      expect(encoded(codec, writable(fields, value), version)).toEqual(bytes)
    }
  })

  test(`${name} cut anywhere is a DecodeError`, () => {
    for (const { version, base64 } of group) {
      const bytes = Buffer.from(base64, 'base64')
      for (let length = 0; length < bytes.length; length++) {
        const decode = (): unknown =>
          codec.decode(new WireReader(bytes.subarray(0, length)), version)
        expect(decode).toThrow(DecodeError)
      }
    }
  })
}

/** A decoded value in the form of the vectors: bytes in base64, absent tagged structs spelt out. */
function readable(value: unknown, fields: unknown): unknown {
  if (value === undefined) return isDefaultStruct(fields) ? fields : undefined
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return mapped(value, fields, readable)
}

/** The vector's fields in the form of the codec; `like` tells bytes from strings. */
function writable(fields: unknown, like: unknown): unknown {
  if (like instanceof Uint8Array) return Buffer.from(String(fields), 'base64')
  return mapped(fields, like, writable)
}

function mapped(
  value: unknown,
  other: unknown,
  map: (value: unknown, other: unknown) => unknown,
): unknown {
  if (typeof value !== 'object' || value === null) return value
  const others = new Map<string, unknown>(Object.entries(objectOf(other)))
  const entries = Object.entries(value).map(([key, inner]) => [key, map(inner, others.get(key))])
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries)
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

function isDefaultStruct(fields: unknown): boolean {
  return Object.values(objectOf(fields)).every((value) => value === -1 || value === 0)
}
