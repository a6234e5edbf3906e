import { expect, test } from 'vitest'

import { Kafka, type ReaderOptions } from '../src/index.ts'
import { refusal } from './refusal.ts'

const kafka = (): Kafka => new Kafka('127.0.0.1:1')

test.each(['', '.', '..', 'a b', 'a/b', 'x'.repeat(250)])(
  'no consumer or reader waits for a topic that cannot be: %j',
  (name) => {
    const why = 'topics: no topic can have the name'
    expect(() => kafka().consumer('g', name)).toThrow(why)
    expect(() => kafka().shareConsumer('g', [name])).toThrow(why)
    expect(() => kafka().reader(name)).toThrow(why)
  },
)

test.each<[unknown, string]>([
  [{ from: 'erliest' }, 'from: erliest is none of earliest, latest'],
  [{ from: 7 }, 'from: 7 is none of earliest, latest'],
  [{ from: { offset: -5 } }, 'from: offset: -5 is no whole number'],
  [{ from: { offset: 0.5 } }, 'from: offset: 0.5 is no whole number'],
  [{ from: { timestamp: Number.NaN } }, 'from: timestamp: NaN is no whole number'],
  [{ from: {} }, 'from: timestamp: undefined is no whole number'],
  [{ offsets: new Map([[0, -1]]) }, 'offsets: of partition 0: -1 is no whole number'],
  [{ offsets: new Map([[-1, 0]]) }, 'offsets: partition: -1 is no whole number'],
  [{ partitions: [0, 1, 0] }, 't/0: it is there twice'],
  [{ partitions: [1.5] }, 'partition of t: 1.5 is no whole number'],
  [{ until: 'tomorrow' }, 'until: tomorrow is none of end'],
])('a reader that cannot begin is refused: %j', (options, why) => {
  expect(() => kafka().reader('t', options as ReaderOptions)).toThrow(why)
})

test.each(['toString', 'constructor', '__proto__'])(
  'what every object has is no choice: %s',
  (name) => {
    const given = name as never
    expect(() => kafka().producer({ compression: given })).toThrow(`there is no ${name}`)
    expect(() => kafka().producer({ acks: given })).toThrow(`acks: ${name} is none of`)
  },
)

test('what a run cannot be told to do is refused', async () => {
  await using one = kafka()
  const order = { order: 'topic' as never }
  const consuming = refusal(one.consumer('g', 't').run(() => {}, order))
  expect((await consuming).message).toContain('order: topic is none of partition, key, none')
  const onThrow = { onThrow: 'retry' as never }
  const sharing = refusal(one.shareConsumer('g', 't').run(() => {}, onThrow))
  expect((await sharing).message).toContain('onThrow: retry is none of release, reject, throw')
})

test('a reader whose signal was aborted before it began is closed', async () => {
  await using one = kafka()
  const enough = new Error('enough')
  const reader = one.reader('t', { signal: AbortSignal.abort(enough) })
  expect(await refusal(reader.next())).toBe(enough)
})

test('a signal that outlives readers keeps none of them', () => {
  let listeners = 0
  const { signal } = new AbortController()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listeners += 1
    add(...given)
  }
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...given)
  }
  const one = kafka()
  for (let at = 0; at < 20; at++) one.reader('t', { signal }).close()
  expect(listeners).toBe(0)
})

test.each<[string, (kafka: Kafka, none: never) => unknown, string]>([
  ['send', (one, none) => one.producer().send(none, { value: '' }), 'topic: undefined is neither'],
  ['sendAll', (one, none) => one.producer().sendAll(none, []), 'topic: undefined is neither'],
  ['sendAll', (one, none) => one.producer().sendAll('t', none), 'records: they are not to be'],
  ['sendAll', (one) => one.producer().sendAll('t', {} as never), 'records: they are not to be'],
  ['enqueue', (one, none) => one.producer().enqueue(none, { value: '' }), 'topic: undefined is'],
  ['consumer', (one, none) => one.consumer('g', none), 'topic: undefined is neither'],
  ['consumer', (one, none) => one.consumer('g', ['t', none]), 'topic: undefined is neither'],
  ['shareConsumer', (one, none) => one.shareConsumer('g', none), 'topic: undefined is neither'],
  ['reader', (one, none) => one.reader(none), 'topic: undefined is neither'],
  [
    'run',
    (one, none) => one.shareConsumer('g', 't').run(none),
    'handler: undefined is no function',
  ],
  [
    'pipe',
    (one, none) => one.pipe({ group: 'g', from: 't', to: none }, () => {}),
    'topic: undefined is neither',
  ],
  [
    'pipe',
    (one, none) => one.pipe({ group: 'g', from: 't', to: 'to' }, none),
    'handler: undefined is no function',
  ],
])('%s without what it needs says so', async (_name, use, why) => {
  await using one = kafka()
  const used = async (): Promise<unknown> => use(one, undefined as never)
  expect(await refusal(used())).toMatchObject({
    code: 'CONFIG_ERROR',
    message: expect.stringContaining(why) as string,
  })
})
