import { readdirSync, readFileSync } from 'node:fs'

import { WireReader } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { allCodecs, encoded } from './codecs.ts'

interface GoldenFrame {
  /** Name and version of what sent it. */
  readonly client: string
  /** Kafka's name of the message: `FetchRequest`. */
  readonly api: string
  readonly version: number
  /** The message, without size and header. */
  readonly base64: string
}

const GOLDEN = new URL('fixtures/golden/', import.meta.url)

const codecs = allCodecs()
const frames = readdirSync(GOLDEN)
  .filter((name) => name.endsWith('.jsonl'))
  .flatMap((name) => readFileSync(new URL(name, GOLDEN), 'utf8').trim().split('\n'))
  .map((line) => JSON.parse(line) as GoldenFrame)

test.for(frames)('$client: $api version $version is read whole and written the same', (frame) => {
  const codec = codecs.get(frame.api)
  const bytes = Buffer.from(frame.base64, 'base64')
  const reader = new WireReader(bytes)
  const value = codec?.decode(reader, frame.version)
  expect(reader.remaining).toBe(0)
  expect(codec && encoded(codec, value, frame.version)).toEqual(bytes)
})
