import pb from 'protobufjs'
import { expect, test } from 'vitest'

import { protobuf } from '../src/protobuf/index.ts'
import { CONTEXT, encoded } from './collected.ts'

const PROTO = `
  syntax = "proto3";
  package shop;
  import "google/protobuf/timestamp.proto";
  import "money.proto";
  message Order {
    string id = 1;
    money.Price price = 2;
    google.protobuf.Timestamp at = 3;
    message Item { string name = 1; }
    repeated Item items = 4;
  }
  enum Kind { NONE = 0; }
  message Refund { string id = 1; }
`
const MONEY = 'syntax = "proto3"; package money; message Price { int32 cents = 1; }'
const imports = { 'money.proto': MONEY }

interface Order {
  readonly id: string
  readonly price?: { readonly cents: number }
}

test('messages of a file are written and read', () => {
  const serde = protobuf<Order>({ proto: PROTO, imports })
  const bytes = encoded(serde, { id: 'a', price: { cents: 5 } })
  expect(bytes).toEqual(Buffer.from('0a016112020805', 'hex'))
  expect(serde.decode(bytes, CONTEXT)).toMatchObject({ id: 'a', price: { cents: 5 } })
})

test.for(['shop.Refund', 'Refund', 'shop.Order.Item', 'Item'])('%s is found', (message) => {
  const serde = protobuf({ proto: PROTO, imports, message })
  expect(() => serde.decode(Buffer.alloc(0), CONTEXT)).not.toThrow()
})

test('a type of protobufjs is taken as it is', () => {
  const type = pb.parse(MONEY).root.lookupType('money.Price')
  const serde = protobuf<object>(type)
  expect(serde.decode(encoded(serde, { cents: 7 }), CONTEXT)).toMatchObject({ cents: 7 })
})

test('a value that is not as its message says is refused', () => {
  const serde = protobuf<Order>({ proto: PROTO, imports })
  expect(() => encoded(serde, { id: 5 } as unknown as Order)).toThrow('id: string expected')
})

test('a file that cannot be used is refused at once', () => {
  expect(() => protobuf({ proto: 'message {' })).toThrow('a protobuf schema cannot be used')
  expect(() => protobuf({ proto: PROTO })).toThrow(/no such type.*money.Price/i)
  expect(() => protobuf({ proto: MONEY, message: 'Order' })).toThrow('has no message Order')
})
