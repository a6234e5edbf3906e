import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { encodeRecordBatch, ErrorCode } from '@pafka/protocol'
import { expect } from 'vitest'

import { WireClient } from '../src/try/wire-client.ts'
import { createTopic, fetchOnce, produceBytes, valuesOf } from './wire.ts'

/** The topic of all that is here. */
export const TOPIC = 'kept'

export function batchOf(value: string): Uint8Array {
  const record = { timestamp: Date.now(), key: null, value: Buffer.from(value), headers: [] }
  return encodeRecordBatch({ records: [record] })
}

/** Produces `count` records one after another; each is acknowledged. */
export async function produceValues(bootstrap: string, count: number): Promise<string[]> {
  using client = await WireClient.connect(bootstrap)
  await createTopic(client, TOPIC)
  const values = Array.from({ length: count }, (_, at) => `value ${at}`)
  for (const value of values) {
    expect((await produceBytes(client, TOPIC, batchOf(value))).errorCode).toBe(ErrorCode.NONE)
  }
  return values
}

export async function readValues(bootstrap: string): Promise<string[]> {
  using client = await WireClient.connect(bootstrap)
  const values: string[] = []
  for (;;) {
    const got = valuesOf(await fetchOnce(client, TOPIC, { offset: values.length }))
    if (got.length === 0) return values
    for (const [offset, value] of got) {
      expect(offset).toBe(values.length)
      values.push(value)
    }
  }
}

export async function segmentFile(folder: string, extension: string): Promise<string> {
  const partition = join(folder, `${TOPIC}-0`)
  const name = (await readdir(partition)).find((each) => each.endsWith(extension))
  if (name === undefined) throw new Error(`no ${extension} in ${partition}`)
  return join(partition, name)
}
