import { DecodeError, type Random } from '@pafka/base'
import { decodeRequestHeader, WireReader } from '@pafka/protocol'
import { type Fuzz, mutated } from '@pafka/testing'

import { allCodecs, encoded, messageVectors, type VersionedCodec } from './codecs.ts'

const byName = allCodecs()
const codecs = [...byName.values()]
const vectors = messageVectors().map(({ name, version, base64 }) => ({
  name,
  version,
  bytes: Buffer.from(base64, 'base64'),
}))

export const fuzzes: readonly Fuzz[] = [
  { name: 'decode a damaged message', run: damagedMessage },
  { name: 'decode noise as a message', run: noise },
  { name: 'decode a request header', run: requestHeader },
]

function damagedMessage(random: Random): void {
  const vector = picked(random, vectors)
  const codec = byName.get(vector.name)
  if (codec === undefined) return
  const span = codec.maxVersion - codec.minVersion + 1
  const version = random.below(4) === 0 ? codec.minVersion + random.below(span) : vector.version
  attack(codec, version, mutated(random, vector.bytes))
}

function noise(random: Random): void {
  const codec = picked(random, codecs)
  const version = codec.minVersion + random.below(codec.maxVersion - codec.minVersion + 1)
  const bytes = random.bytes(random.below(200))
  // Small numbers are likelier to be believed as lengths.
  const modest = random.below(2) === 0 ? bytes.map((byte) => byte >> 5) : bytes
  attack(codec, version, modest)
}

function requestHeader(random: Random): void {
  decodedOrRefused(() => decodeRequestHeader(new WireReader(random.bytes(random.below(40)))))
}

/** What can be decoded can be encoded, and then means the same for good. */
function attack(codec: VersionedCodec, version: number, bytes: Uint8Array): void {
  const value = decodedOrRefused(() => codec.decode(new WireReader(bytes), version))
  if (value === undefined) return
  const once = encoded(codec, value, version)
  const twice = encoded(codec, codec.decode(new WireReader(once), version), version)
  if (!once.equals(twice)) throw new Error('encoding again gives other bytes')
}

function decodedOrRefused(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function picked<T>(random: Random, from: readonly T[]): T {
  const one = from[random.below(from.length)]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}
