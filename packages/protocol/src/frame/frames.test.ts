import { DecodeError } from '@pafka/base'
import { expect, test } from 'vitest'

import { ApiVersions } from '../generated/api-versions.ts'
import { Heartbeat } from '../generated/heartbeat.ts'
import { RequestHeader as RequestHeaderMessage } from '../generated/request-header.ts'
import { SaslHandshake } from '../generated/sasl-handshake.ts'
import { WireReader } from '../wire/wire-reader.ts'
import { apiByKey, hasVersion } from './api-table.ts'
import {
  correlationIdOf,
  decodeResponseFrame,
  encodeRequestFrame,
  encodeResponseFrame,
} from './frames.ts'
import { decodeRequestHeader } from './request-header.ts'

const heartbeat = { groupId: 'g', generationId: 3, memberId: 'm', groupInstanceId: null }
const beaten = { throttleTimeMs: 7, errorCode: 27 }

test('requests come back, with the header that their version has', () => {
  for (const [version, headerVersion] of [
    [3, 1],
    [4, 2],
  ] as const) {
    const pieces = encodeRequestFrame(Heartbeat, {
      version,
      correlationId: 99,
      clientId: 'client-é',
      request: heartbeat,
    })
    const frame = Buffer.concat(pieces)
    expect(frame.readInt32BE(0)).toBe(frame.length - 4)
    const reader = new WireReader(frame.subarray(4))
    expect(decodeRequestHeader(reader)).toEqual({
      apiKey: 12,
      apiVersion: version,
      correlationId: 99,
      clientId: 'client-é',
    })
    expect(Heartbeat.request.decode(reader, version)).toEqual(heartbeat)
    expect(reader.remaining).toBe(0)
    const header = RequestHeaderMessage.decode(new WireReader(frame.subarray(4)), headerVersion)
    expect(header.clientId).toBe('client-é')
  }
})

test('responses come back, with the header that their version has', () => {
  const sizes = [3, 4].map((version) => {
    const frame = Buffer.concat(encodeResponseFrame(Heartbeat, version, 5, beaten)).subarray(4)
    expect(correlationIdOf(frame)).toBe(5)
    const decoded = decodeResponseFrame(Heartbeat, version, frame)
    expect(decoded).toEqual({ correlationId: 5, response: beaten })
    return frame.length
  })
  expect(sizes).toEqual([10, 12])
})

test('ApiVersions answers with the old header even when flexible', () => {
  const response = { errorCode: 35, apiKeys: [], throttleTimeMs: 0 }
  const frame = Buffer.concat(encodeResponseFrame(ApiVersions, 3, 1, response))
  expect(frame.toString('hex')).toBe('0000000c000000010023010000000000')
  expect(decodeResponseFrame(ApiVersions, 3, frame.subarray(4)).response).toMatchObject(response)
})

function headerOf(hex: string): unknown {
  return decodeRequestHeader(new WireReader(Buffer.from(hex, 'hex')))
}

test('a header is read for versions and keys that nobody knows', () => {
  expect(headerOf('001200630000000100016100')).toMatchObject({ apiKey: 18, apiVersion: 99 })
  expect(headerOf('7fff000000000001ffff')).toMatchObject({ apiKey: 0x7fff, clientId: null })
  expect(headerOf('0000000000000001ffff')).toMatchObject({ apiKey: 0, apiVersion: 0 })
  expect(() => headerOf('0012006300000001000161')).toThrow(DecodeError)
})

test('a response that goes on is refused', () => {
  const pieces = encodeResponseFrame(SaslHandshake, 1, 1, { errorCode: 0, mechanisms: ['PLAIN'] })
  const frame = Buffer.concat([...pieces, Buffer.alloc(1)]).subarray(4)
  expect(() => decodeResponseFrame(SaslHandshake, 1, frame)).toThrow(DecodeError)
})

test('APIs are found by key', () => {
  expect(apiByKey(18)).toBe(ApiVersions)
  expect(apiByKey(7)).toBeUndefined()
  expect([-1, 0, 4, 5].map((version) => hasVersion(ApiVersions, version))).toEqual([
    false,
    true,
    true,
    false,
  ])
})
