import { createRequire } from 'node:module'
import protobuf from 'protobufjs'

// Files that all clients of Confluent's registry have in themselves, so that schemas import them
// and registries do not list them among the references. Sources: `ProtobufSchema` of these clients
// for which there are; Confluent's meta.proto and decimal.proto and Google's google/type for what
// is in them, of which only names, types and numbers make a difference.

const DESCRIPTOR = 'google/protobuf/descriptor.proto'

const META = `import "${DESCRIPTOR}";
  message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; }
  extend google.protobuf.FileOptions { Meta file_meta = 1088; }
  extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
  extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
  extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
  extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; }`

const DATE_TIME = `import "google/protobuf/duration.proto";
  message DateTime {
    int32 year = 1; int32 month = 2; int32 day = 3;
    int32 hours = 4; int32 minutes = 5; int32 seconds = 6; int32 nanos = 7;
    oneof time_offset { google.protobuf.Duration utc_offset = 8; TimeZone time_zone = 9; }
  }
  message TimeZone { string id = 1; string version = 2; }`

const COLOR = `import "google/protobuf/wrappers.proto";
  message Color {
    float red = 1; float green = 2; float blue = 3; google.protobuf.FloatValue alpha = 4;
  }`

const POSTAL_ADDRESS = `message PostalAddress {
    int32 revision = 1; string region_code = 2; string language_code = 3; string postal_code = 4;
    string sorting_code = 5; string administrative_area = 6; string locality = 7;
    string sublocality = 8; repeated string address_lines = 9; repeated string recipients = 10;
    string organization = 11;
  }`

const DAYS = 'MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY'
const MONTHS = `JANUARY FEBRUARY MARCH APRIL MAY JUNE
  JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER`
const PERIODS = 'DAY WEEK FORTNIGHT MONTH QUARTER HALF YEAR'

/** What is in `google/type/<name>.proto`. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['calendar_period', enumOf('CalendarPeriod', 'CALENDAR_PERIOD', PERIODS)],
  ['color', COLOR],
  ['date', 'message Date { int32 year = 1; int32 month = 2; int32 day = 3; }'],
  ['datetime', DATE_TIME],
  ['dayofweek', enumOf('DayOfWeek', 'DAY_OF_WEEK', DAYS)],
  ['expr', `message Expr { ${fields('string', 'expression title description location')} }`],
  ['fraction', `message Fraction { ${fields('int64', 'numerator denominator')} }`],
  ['latlng', `message LatLng { ${fields('double', 'latitude longitude')} }`],
  ['money', 'message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }'],
  ['month', enumOf('Month', 'MONTH', MONTHS)],
  ['postal_address', POSTAL_ADDRESS],
  ['quaternion', `message Quaternion { ${fields('double', 'x y z w')} }`],
  ['timeofday', `message TimeOfDay { ${fields('int32', 'hours minutes seconds nanos')} }`],
])

const CONFLUENT: ReadonlyMap<string, string> = new Map([
  ['confluent/meta.proto', `package confluent; ${META}`],
  [
    'confluent/type/decimal.proto',
    `package confluent.type;
     message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`,
  ],
])

const ANY = 'google/protobuf/any.proto'

/**
 * Those that the library has as JSON, but not in its code, with files to add before: api's JSON has
 * no Any, which it uses, and type's has one whose fields have other names than in the code.
 */
const AS_JSON: ReadonlyMap<string, readonly string[]> = new Map([
  ['google/protobuf/api.proto', [ANY]],
  [DESCRIPTOR, []],
  ['google/protobuf/source_context.proto', []],
  ['google/protobuf/type.proto', [ANY]],
])

/** @returns what is in the file of this name, as text or as JSON; undefined when it is not known */
export function knownProto(name: string): string | protobuf.INamespace | undefined {
  const typeName = /^google\/type\/(\w+)\.proto$/.exec(name)?.[1]
  const type = typeName === undefined ? undefined : TYPES.get(typeName)
  const text = type === undefined ? CONFLUENT.get(name) : `package google.type; ${type}`
  if (text !== undefined) return `syntax = "proto3"; ${text}`
  return (AS_JSON.has(name) ? jsonOf(name) : protobuf.common.get(name)) ?? undefined
}

/** Files to add before the one of this name, beside those that it imports. */
export function importsBefore(name: string): readonly string[] {
  return AS_JSON.get(name) ?? []
}

/** Read when a schema imports it, and not before. */
function jsonOf(name: string): protobuf.INamespace {
  const file = `protobufjs/${name.replace(/\.proto$/, '.json')}`
  const json: unknown = createRequire(import.meta.url)(file)
  return json as protobuf.INamespace
}

/** Numbered from 1, by their order. */
function fields(type: string, names: string): string {
  const all = names.split(' ').map((name, index) => `${type} ${name} = ${index + 1};`)
  return all.join(' ')
}

/** Numbered from 1, by their order; 0 is none of them. */
function enumOf(name: string, prefix: string, values: string): string {
  const all = values.split(/\s+/).map((value, index) => `${value} = ${index + 1};`)
  return `enum ${name} { ${prefix}_UNSPECIFIED = 0; ${all.join(' ')} }`
}
