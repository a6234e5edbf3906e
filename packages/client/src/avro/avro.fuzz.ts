import { assert } from '@pafka/base'
import { type Fuzz, mutated } from '@pafka/testing'

import type { DecodeContext, Serde } from '../serde/serde.ts'
import { avro } from './avro.ts'

const CONTEXT: DecodeContext = { topic: 't', isKey: false, headers: () => [] }

/** All kinds of types that bytes say the size of, and one within itself. */
const SCHEMA = {
  type: 'record',
  name: 'All',
  fields: [
    { name: 'count', type: 'long' },
    { name: 'texts', type: { type: 'array', items: 'string' } },
    { name: 'nothings', type: { type: 'array', items: 'null' } },
    { name: 'named', type: { type: 'map', values: { type: 'array', items: 'bytes' } } },
    { name: 'within', type: ['null', 'All'] },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
  ],
}
const LEAF = {
  ...{ count: 12_345_678_901, texts: ['tea', ''], nothings: [null, null] },
  ...{ named: { a: [Buffer.from('x')], b: [] }, within: null, kind: 'B' },
  hash: Buffer.from('abcd'),
}
const VALUE = { ...LEAF, within: { All: { ...LEAF, within: null } } }
/** Items may take no byte: so many more there may be. */
const FREE_ITEMS = 70_000

/** A value, or an error, of any bytes: neither without an end nor larger than they are. */
export const fuzzes: readonly Fuzz[] = [
  {
    name: 'decode any Avro',
    run: (random) => {
      const serde = avro<unknown>(SCHEMA, { types: { wrapUnions: 'always' } })
      const parts: Uint8Array[] = []
      serde.encode(VALUE, {
        text: (text) => parts.push(Buffer.from(text)),
        bytes: (bytes) => parts.push(Uint8Array.from(bytes)),
      })
      const written = Buffer.concat(parts)
      for (let attempt = 0; attempt < 20; attempt++) {
        const bytes = mutated(random, written)
        const items = itemsIn(decodedOr(serde, bytes))
        assert(items <= bytes.length + FREE_ITEMS, 'there are not more items than bytes')
      }
    },
  },
]

function decodedOr(serde: Serde<unknown>, bytes: Uint8Array): unknown {
  try {
    return serde.decode(bytes, CONTEXT)
  } catch (error) {
    assert(error instanceof Error, 'what is thrown is an error')
    return undefined
  }
}

function itemsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1
  return Object.values(value).reduce((sum: number, one) => sum + itemsIn(one), 1)
}
