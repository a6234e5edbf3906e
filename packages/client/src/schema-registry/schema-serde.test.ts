import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import type { DecodeContext } from '../serde/serde.ts'
import type { SchemaFormat } from './schema-format.ts'
import { SchemaRegistry } from './schema-registry.ts'
import { type RegistryUse, SchemaSerde } from './schema-serde.ts'

const CONTEXT: DecodeContext = { topic: 't', isKey: false, headers: () => [] }
const BYTES = Buffer.from('000000000761', 'hex')

/** Values are text, and a schema is what stands before it. */
const TEXT: SchemaFormat<string> = {
  type: 'JSON',
  own: { type: 'JSON', schema: 'own' },
  nameOf: () => undefined,
  writer: () => ({ encode: (value, sink) => sink.text(value) }),
  reader: ({ schema }) => ({ decode: (bytes) => `${schema} ${bytes.toString()}` }),
}

interface Stage {
  readonly clock: ManualClock
  readonly registry: SchemaRegistry
  readonly asked: string[]
  answer: { readonly status: number; readonly body: object }
}

function start(): Stage {
  const clock = new ManualClock()
  const asked: string[] = []
  const fetch: typeof globalThis.fetch = (input) => {
    asked.push(new URL(new Request(input).url).pathname)
    return Promise.resolve(Response.json(stage.answer.body, { status: stage.answer.status }))
  }
  const registry = new SchemaRegistry({ urls: 'http://registry', fetch, clock })
  const stage: Stage = { clock, registry, asked, answer: { status: 200, body: {} } }
  return stage
}

function serdeOf({ registry }: Stage, use: Partial<RegistryUse> = {}): SchemaSerde<string> {
  return new SchemaSerde(TEXT, { registry, ...use })
}

test('what was not found is asked for again, but not for each record', async () => {
  const stage = start()
  const serde = serdeOf(stage)
  stage.answer = { status: 404, body: { error_code: 40403, message: 'Schema not found' } }
  await serde.prepareDecode(BYTES, CONTEXT)
  expect(serde.prepareDecode(BYTES, CONTEXT)).toBeUndefined()
  expect(() => serde.decode(BYTES, CONTEXT)).toThrow('Schema not found')
  stage.answer = { status: 200, body: { schemaType: 'JSON', schema: 'new' } }
  stage.clock.advance(10_000)
  await serde.prepareDecode(BYTES, CONTEXT)
  expect(serde.decode(BYTES, CONTEXT)).toBe('new a')
  expect(serde.prepareDecode(BYTES, CONTEXT)).toBeUndefined()
  expect(stage.asked).toEqual(['/schemas/ids/7', '/schemas/ids/7'])
})

test('those that are made for topics share what they know', async () => {
  const stage = start()
  stage.answer = { status: 200, body: { schemaType: 'JSON', schema: 'one' } }
  const serde = serdeOf(stage)
  const [one, other] = ['a', 'b'].map((topic) => serde.of({ topic, isKey: false }))
  await Promise.all([one, other].map(async (each) => each?.prepareDecode?.(BYTES, CONTEXT)))
  expect(other?.decode(BYTES, CONTEXT)).toBe('one a')
  expect(stage.asked).toHaveLength(1)
})

test('bytes without a schema need not be prepared, and are no value', () => {
  const serde = serdeOf(start())
  expect(serde.prepareDecode(Buffer.from('a'), CONTEXT)).toBeUndefined()
  expect(() => serde.decode(Buffer.from('a'), CONTEXT)).toThrow('no magic byte')
})

test('what nobody prepared can be neither written nor read', () => {
  const serde = serdeOf(start())
  expect(() => serde.decode(BYTES, CONTEXT)).toThrow('cannot be read before')
  const sink = { text: () => {}, bytes: () => {} }
  expect(() => serde.encode('a', sink)).toThrow('cannot be written before')
})

test('a schema with rules is refused, unless they are to be ignored', async () => {
  const stage = start()
  const rule = { name: 'encryptPii', kind: 'TRANSFORM', type: 'ENCRYPT' }
  const ruleSet = { domainRules: [{ ...rule, disabled: true }], encodingRules: [rule] }
  stage.answer = { status: 200, body: { schemaType: 'JSON', schema: 'x', ruleSet } }
  const refused = { code: 'SCHEMA_HAS_RULES', kind: 'config' }
  const place = { topic: 't', isKey: false }
  const refusing = serdeOf(stage, { write: { id: 7 } }).of(place)
  await expect(refusing.prepareDecode?.(BYTES, CONTEXT)).rejects.toMatchObject(refused)
  await expect(refusing.prepare?.('a')).rejects.toThrow('not carried out here: encryptPii')
  const ignoring = serdeOf(stage, { write: { id: 7 }, rules: 'ignore' })
  await ignoring.prepareDecode(BYTES, CONTEXT)
  expect(ignoring.decode(BYTES, CONTEXT)).toBe('x a')
})

test('without a schema of its own it cannot register one', async () => {
  const { registry } = start()
  const serde = new SchemaSerde({ ...TEXT, own: undefined }, { registry })
  await expect(serde.of({ topic: 't', isKey: false }).prepare?.('a')).rejects.toMatchObject({
    code: 'NO_SCHEMA',
  })
})
