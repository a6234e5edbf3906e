import { readdirSync, readFileSync } from 'node:fs'

import {
  apiByKey,
  decodeRequestHeader,
  decodeResponseFrame,
  encodeRequestFrame,
  encodeResponseFrame,
  hasVersion,
  WireReader,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

/** One frame between a client and Kafka 4.3.1, without its size; tools/conformance records them. */
interface RecordedFrame {
  readonly client: string
  readonly direction: 'request' | 'response'
  readonly apiKey: number
  readonly apiVersion: number
  readonly base64: string
}

const FRAMES = new URL('fixtures/frames/', import.meta.url)
const SIZE_BYTES = 4

const frames = readdirSync(FRAMES)
  .flatMap((name) => readFileSync(new URL(name, FRAMES), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line) as RecordedFrame)

const withoutSize = (pieces: readonly Uint8Array[]): Buffer =>
  Buffer.concat(pieces).subarray(SIZE_BYTES)

/** Clients ask in their newest version of ApiVersions first; the answer is then of version 0. */
const isBeyondUs = ({ apiKey, apiVersion }: RecordedFrame): boolean => {
  const api = apiByKey(apiKey)
  return api === undefined || !hasVersion(api, apiVersion)
}

test.for(frames.filter((frame) => !isBeyondUs(frame)))(
  '$client: $direction of API $apiKey version $apiVersion is read whole and written the same',
  ({ direction, apiKey, apiVersion, base64 }) => {
    const api = apiByKey(apiKey)
    if (api === undefined) throw new Error('filtered above')
    const frame = Buffer.from(base64, 'base64')
    if (direction === 'request') {
      const reader = new WireReader(frame)
      const { correlationId, clientId } = decodeRequestHeader(reader)
      const request = api.request.decode(reader, apiVersion)
      expect(reader.remaining).toBe(0)
      const whole = { version: apiVersion, correlationId, clientId, request }
      expect(withoutSize(encodeRequestFrame(api, whole))).toEqual(frame)
    } else {
      const { correlationId, response } = decodeResponseFrame(api, apiVersion, frame)
      const again = encodeResponseFrame(api, apiVersion, correlationId, response)
      expect(withoutSize(again)).toEqual(frame)
    }
  },
)

test('all that is beyond this package is a first ApiVersions', () => {
  const keys = frames.filter(isBeyondUs).map(({ apiKey }) => apiKey)
  expect(new Set(keys)).toEqual(new Set([18]))
})
