import { readFileSync } from 'node:fs'

import * as protocol from '@pafka/protocol'
import { type Api, type Codec, type Message, WireWriter } from '@pafka/protocol'

/** One line of `fixtures/vectors/messages.jsonl`. */
export interface MessageVector {
  readonly name: string
  readonly version: number
  readonly fields: unknown
  readonly base64: string
}

export interface VersionedCodec extends Codec<unknown> {
  readonly minVersion: number
  readonly maxVersion: number
}

/** What Kafka's Java classes wrote; see the README beside it. */
export function messageVectors(): MessageVector[] {
  return readFileSync(new URL('fixtures/vectors/messages.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as MessageVector)
}

/** Every codec that the package exports, by Kafka's name of the message. */
export function allCodecs(): Map<string, VersionedCodec> {
  const found = new Map<string, VersionedCodec>()
  for (const exported of Object.values(protocol)) {
    if (isApi(exported)) {
      const { name, minVersion, maxVersion, request, response } = exported
      found.set(`${name}Request`, { minVersion, maxVersion, ...request })
      found.set(`${name}Response`, { minVersion, maxVersion, ...response })
    } else if (isMessage(exported)) found.set(exported.name, exported)
  }
  return found
}

export function encoded(codec: Codec<unknown>, value: unknown, version: number): Buffer {
  const writer = new WireWriter()
  codec.encode(writer, value, version)
  return Buffer.concat(writer.finish())
}

function isApi(value: unknown): value is Api<unknown, unknown> {
  return typeof value === 'object' && value !== null && 'request' in value && 'response' in value
}

function isMessage(value: unknown): value is Message<unknown> {
  return typeof value === 'object' && value !== null && 'decode' in value && 'name' in value
}
