import { expectTypeOf, test } from 'vitest'

import {
  json,
  type Kafka,
  type Topic,
  topic,
  type TopicPattern,
  topicPattern,
  utf8,
} from '../src/index.ts'

interface Order {
  readonly orderId: number
}
interface Payment {
  readonly paymentId: string
}

const orders = topic('orders', { key: utf8(), value: json<Order>() })
const payments = topic('payments', { key: utf8(), value: json<Payment>() })

const copy = { group: 'g', from: orders, to: orders }

/** Only compiled. */
type Uses = (kafka: Kafka) => unknown

test('a contract says what its keys and values are, and what has no serde is bytes', () => {
  expectTypeOf(orders.name).toBeString()
  expectTypeOf(topic('t')).toEqualTypeOf<Topic<Uint8Array, Uint8Array>>()
  expectTypeOf(topic('t', { value: utf8() })).toEqualTypeOf<Topic<Uint8Array, string>>()
  expectTypeOf(topic('t', { key: utf8() })).toEqualTypeOf<Topic<string, Uint8Array>>()
  const found = topicPattern(/t/u, { value: json<Order>() })
  expectTypeOf(found).toEqualTypeOf<TopicPattern<Uint8Array, Order>>()
  // @ts-expect-error -- nothing would make an order of the bytes
  const lie: unknown = [topic<string, Order>('t')]
  // @ts-expect-error -- nor of the values alone
  const halfLie: unknown = [topic<string, Order>('t', { key: utf8() })]
  expectTypeOf([lie, halfLie]).toBeArray()
})

test('records are what their topics say', () => {
  const consumers = (kafka: Kafka) => ({
    one: kafka.consumer('g', orders),
    both: kafka.consumer('g', [orders, payments]),
    mixed: kafka.consumer('g', [orders, 'bytes']),
    names: kafka.consumer('g', ['a', /b/u]),
    found: kafka.consumer('g', topicPattern(/o/u, { value: json<Order>() })),
    shared: kafka.shareConsumer('g', [orders, payments]),
    read: kafka.reader(orders),
  })
  type Consumers = ReturnType<typeof consumers>
  type ValueIn<Name extends keyof Consumers> = Exclude<
    Awaited<ReturnType<Consumers[Name]['next']>>['value'],
    undefined
  >['value']
  expectTypeOf<ValueIn<'one'>>().toEqualTypeOf<Order | null>()
  expectTypeOf<ValueIn<'both'>>().toEqualTypeOf<Order | Payment | null>()
  expectTypeOf<ValueIn<'mixed'>>().toEqualTypeOf<Order | Uint8Array | null>()
  expectTypeOf<ValueIn<'names'>>().toEqualTypeOf<Uint8Array | null>()
  expectTypeOf<ValueIn<'found'>>().toEqualTypeOf<Order | null>()
  expectTypeOf<ValueIn<'shared'>>().toEqualTypeOf<Order | Payment | null>()
  expectTypeOf<ValueIn<'read'>>().toEqualTypeOf<Order | null>()
})

test('what does not belong into a topic is not sent there', () => {
  const uses: Uses[] = [
    (kafka) => kafka.producer().send(orders, { key: 'k', value: { orderId: 1 } }),
    (kafka) => kafka.producer().send(orders, { value: null }),
    (kafka) => kafka.producer().send('t', { key: 'k', value: Buffer.from('v') }),
    // @ts-expect-error -- a payment is no order
    (kafka) => kafka.producer().send(orders, { value: { paymentId: 'p' } }),
    // @ts-expect-error -- keys are text
    (kafka) => kafka.producer().send(orders, { key: 1, value: { orderId: 1 } }),
    // @ts-expect-error -- a record has a value, if only null
    (kafka) => kafka.producer().send(orders, { key: 'k' }),
    // @ts-expect-error -- and a value is not left out otherwise
    (kafka) => kafka.producer().send(orders, { key: 'k', value: undefined }),
    // @ts-expect-error -- nor one of many
    (kafka) => kafka.producer().sendAll(orders, [{ value: undefined }]),
    // @ts-expect-error -- nor without a promise
    (kafka) => kafka.producer().enqueue(orders, { value: undefined }),
    // @ts-expect-error -- nor in a transaction
    (kafka) => kafka.producer().transaction((tx) => tx.send(orders, { value: undefined })),
    // @ts-expect-error -- nor through a pipe
    (kafka) => kafka.pipe(copy, (_, emit) => emit(payments, { value: undefined })),
    // @ts-expect-error -- a mere name takes text and bytes
    (kafka) => kafka.producer().send('t', { value: { orderId: 1 } }),
    // @ts-expect-error -- of many, too
    (kafka) => kafka.producer().sendAll(orders, [{ value: { orderId: 'one' } }]),
    // @ts-expect-error -- without a promise, too
    (kafka) => kafka.producer().enqueue(orders, { value: 'text' }),
  ]
  expectTypeOf(uses).toBeArray()
})

test('options that are none are refused', () => {
  const uses: Uses[] = [
    // @ts-expect-error -- it is `all`, `leader` or `none`
    (kafka) => kafka.producer({ acks: 1 }),
    // @ts-expect-error -- no such compression
    (kafka) => kafka.producer({ compression: 'zip' }),
    // @ts-expect-error -- no such place
    (kafka) => kafka.consumer('g', 't', { from: 'beginning' }),
    // @ts-expect-error -- misspelt
    (kafka) => kafka.consumer('g', 't', { autoCommit: true }),
    // @ts-expect-error -- jobs have no offsets to begin at
    (kafka) => kafka.shareConsumer('g', 't', { from: 'earliest' }),
    // @ts-expect-error -- a group is named
    (kafka) => kafka.consumer(orders),
  ]
  expectTypeOf(uses).toBeArray()
})
