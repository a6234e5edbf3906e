import { readFileSync } from 'node:fs'

import { seededRandom } from '@pafka/base'

import { base64, type InputRecord } from './record.ts'

interface Flight {
  readonly origin: string
  readonly destination: string
  readonly date: string
  readonly delay: number
  readonly distance: number
}

const LARGE_BYTES = 700 * 1024

/** What a client's driver cannot produce, so that it is spared it. */
export interface InputLimits {
  /** One set of headers for all records of a call. */
  readonly constantHeaders: boolean
  /** Keys and values are lines of text. */
  readonly textOnly: boolean
}

/** By its place: the package does not export its data folder. */
const file = new URL('../node_modules/vega-datasets/data/flights-5k.json', import.meta.url)
const flights = JSON.parse(readFileSync(file, 'utf8')) as readonly Flight[]

/** Flights `from` to `to` (exclusive), keyed by the airport they left from. */
export function flightRecords(from: number, to: number, limits: InputLimits): InputRecord[] {
  return flights.slice(from, to).map((flight, index) => ({
    key: base64(flight.origin),
    value: base64(JSON.stringify(flight)),
    headers: limits.constantHeaders
      ? [['source', base64('vega-datasets')]]
      : [
          ['source', base64('vega-datasets')],
          ['flight', base64(String(from + index))],
        ],
  }))
}

/** Values that are empty, null, large, or without a key; what breaks clients and brokers first. */
export function oddRecords(limits: InputLimits): InputRecord[] {
  const headers: InputRecord['headers'] = limits.constantHeaders ? [] : [['empty', '']]
  const text = flights.map((flight) => JSON.stringify(flight)).join(' ')
  const largeText = text.repeat(2).slice(0, LARGE_BYTES)
  const records: InputRecord[] = [
    { key: base64('EMPTY'), value: '', headers: [] },
    { key: base64('EMPTY'), value: '', headers },
    { key: base64('NULL'), value: null, headers: [] },
    { key: base64('NULL'), value: null, headers },
    { key: base64('LARGE'), value: base64(largeText), headers: [] },
    { key: null, value: base64('no key'), headers: [] },
  ]
  // bytes that no codec makes smaller
  const noise = seededRandom(1).bytes(LARGE_BYTES)
  if (!limits.textOnly) records.push({ key: base64('LARGE'), value: base64(noise), headers: [] })
  return records
}
