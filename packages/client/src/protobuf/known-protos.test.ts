import { expect, test } from 'vitest'

import { CONTEXT, encoded } from '../../test/collected.ts'
import { protobuf } from './protobuf.ts'

type Known = readonly [file: string, message: string, value: object, hex: string]

/** Files with a message of each, and its bytes by the numbers that are published. */
const MESSAGES: readonly Known[] = [
  [
    'confluent/meta',
    'confluent.Meta',
    { doc: 'd', params: { k: 'v' }, tags: ['t'] },
    '0a016412060a016b1201761a0174',
  ],
  [
    'confluent/type/decimal',
    'confluent.type.Decimal',
    { value: Buffer.from('x'), precision: 4, scale: 2 },
    '0a017810041802',
  ],
  [
    'google/type/color',
    'google.type.Color',
    { red: 1, green: 2, blue: 3, alpha: { value: 4 } },
    '0d0000803f15000000401d0000404022050d00008040',
  ],
  ['google/type/date', 'google.type.Date', { year: 1, month: 2, day: 3 }, '080110021803'],
  [
    'google/type/datetime',
    'google.type.DateTime',
    { year: 1, month: 2, day: 3, hours: 4, minutes: 5, seconds: 6, nanos: 7 },
    '0801100218032004280530063807',
  ],
  ['google/type/datetime', 'google.type.DateTime', { utcOffset: { seconds: 5 } }, '42020805'],
  [
    'google/type/datetime',
    'google.type.DateTime',
    { timeZone: { id: 'i', version: 'v' } },
    '4a060a0169120176',
  ],
  [
    'google/type/expr',
    'google.type.Expr',
    { expression: 'e', title: 't', description: 'd', location: 'l' },
    '0a01651201741a016422016c',
  ],
  ['google/type/fraction', 'google.type.Fraction', { numerator: 1, denominator: 2 }, '08011002'],
  [
    'google/type/latlng',
    'google.type.LatLng',
    { latitude: 1, longitude: 2 },
    '09000000000000f03f110000000000000040',
  ],
  [
    'google/type/money',
    'google.type.Money',
    { currencyCode: 'EUR', units: 2, nanos: 3 },
    '0a0345555210021803',
  ],
  [
    'google/type/postal_address',
    'google.type.PostalAddress',
    { revision: 1, regionCode: 'b', languageCode: 'c', postalCode: 'd', sortingCode: 'e' },
    '08011201621a01632201642a0165',
  ],
  [
    'google/type/postal_address',
    'google.type.PostalAddress',
    {
      administrativeArea: 'f',
      locality: 'g',
      sublocality: 'h',
      addressLines: ['i', 'i'],
      recipients: ['j'],
      organization: 'k',
    },
    '3201663a01674201684a01694a016952016a5a016b',
  ],
  [
    'google/type/quaternion',
    'google.type.Quaternion',
    { x: 1, y: 2, z: 3, w: 4 },
    '09000000000000f03f110000000000000040190000000000000840210000000000001040',
  ],
  [
    'google/type/timeofday',
    'google.type.TimeOfDay',
    { hours: 1, minutes: 2, seconds: 3, nanos: 4 },
    '0801100218032004',
  ],
  ['google/protobuf/type', 'google.protobuf.Any', { type_url: 'u' }, '0a0175'],
  [
    'google/protobuf/any',
    'google.protobuf.Any',
    { type_url: 'u', value: Buffer.from('v') },
    '0a0175120176',
  ],
  ['google/protobuf/api', 'google.protobuf.Api', { name: 'n', version: 'v' }, '0a016e220176'],
  [
    'google/protobuf/descriptor',
    'google.protobuf.FileDescriptorProto',
    { name: 'n', package: 'p' },
    '0a016e120170',
  ],
  ['google/protobuf/duration', 'google.protobuf.Duration', { seconds: 1, nanos: 2 }, '08011002'],
  ['google/protobuf/empty', 'google.protobuf.Empty', {}, ''],
  ['google/protobuf/field_mask', 'google.protobuf.FieldMask', { paths: ['p'] }, '0a0170'],
  ['google/protobuf/source_context', 'google.protobuf.SourceContext', { fileName: 'f' }, '0a0166'],
  ['google/protobuf/struct', 'google.protobuf.Value', { stringValue: 's' }, '1a0173'],
  ['google/protobuf/timestamp', 'google.protobuf.Timestamp', { seconds: 1, nanos: 2 }, '08011002'],
  ['google/protobuf/type', 'google.protobuf.Type', { name: 'n', oneofs: ['o'] }, '0a016e1a016f'],
  ['google/protobuf/wrappers', 'google.protobuf.StringValue', { value: 'v' }, '0a0176'],
]

/** Files with an enum, and the number of its last value. */
const ENUMS = [
  ['google/type/calendar_period', 'google.type.CalendarPeriod', 'YEAR', 7],
  ['google/type/dayofweek', 'google.type.DayOfWeek', 'SUNDAY', 7],
  ['google/type/month', 'google.type.Month', 'DECEMBER', 12],
] as const

function protoWith(files: readonly string[], body: string): string {
  const imports = [...new Set(files)].map((file) => `import "${file}.proto";`)
  return `syntax = "proto3"; package shop; ${imports.join(' ')} ${body}`
}

/** As field 1 of a message. */
function within(hex: string): Buffer {
  return Buffer.concat([Buffer.of(0x0a, hex.length / 2), Buffer.from(hex, 'hex')])
}

test.for(MESSAGES)('%s has %s: %j', ([file, name, value, hex]) => {
  const serde = protobuf<object>({ proto: protoWith([file], `message O { ${name} a = 1; }`) })
  expect(encoded(serde, { a: value })).toEqual(within(hex))
  expect(encoded(serde, serde.decode(within(hex), CONTEXT))).toEqual(within(hex))
})

test.for(ENUMS)('%s has %s, whose last is %s', ([file, name, last, number]) => {
  const serde = protobuf<object>({ proto: protoWith([file], `message O { ${name} a = 1; }`) })
  const read = serde.decode(Buffer.of(8, number), CONTEXT)
  expect(JSON.stringify(read)).toBe(`{"a":"${last}"}`)
})

test('all of them together, by several files, are one of each', () => {
  const files = [...MESSAGES, ...ENUMS].map(([file]) => file)
  const names = new Set([...MESSAGES, ...ENUMS].map(([, name]) => name))
  const fields = [...names].map((name, index) => `${name} f${index + 1} = ${index + 1};`)
  const proto = protoWith(['a', ...files.toReversed()], `message O { ${fields.join(' ')} }`)
  const imports = { 'a.proto': protoWith(files, `message A { ${fields.join(' ')} }`) }
  const serde = protobuf<object>({ proto, imports })
  expect(encoded(serde, {})).toEqual(Buffer.alloc(0))
})

test('options of your own are no hindrance', () => {
  const options = `
    extend google.protobuf.FieldOptions { Note note = 50001; optional string short = 50002; }
    extend google.protobuf.MessageOptions { Note notes = 50001; }
    message O { option (notes).text = "x"; string a = 1 [(note) = { text: "y" }, (short) = "z"]; }
    message Note { string text = 1; }`
  const proto = protoWith(['google/protobuf/descriptor'], options)
  const serde = protobuf<object>({ proto })
  expect(encoded(serde, { a: 'b' })).toEqual(Buffer.from('0a0162', 'hex'))
})

test('a file that is given goes before the one that is known', () => {
  const proto = protoWith(['google/type/money'], 'message O { google.type.Money a = 1; }')
  const money = 'syntax = "proto3"; package google.type; message Money { int32 cents = 5; }'
  const serde = protobuf<object>({ proto, imports: { 'google/type/money.proto': money } })
  expect(encoded(serde, { a: { cents: 1 } })).toEqual(within('2801'))
})

test('a file that nobody knows is missing where it is used', () => {
  for (const file of ['google/type/nothing', 'constructor', 'google/type/../type/money']) {
    const proto = protoWith([file], 'message O { google.type.Money a = 1; }')
    expect(() => protobuf({ proto })).toThrow('no such Type')
  }
})
