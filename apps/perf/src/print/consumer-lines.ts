import { MIB, SECOND_MS } from '@pafka/base'

import { perSecond } from '../measure/per-second.ts'
import type { DateFormat } from './date-format.ts'

const TOTAL_HEADER =
  'start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, '
const WINDOW_HEADER =
  'time, threadId, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, '
const FETCH_HEADER = 'rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\n'

/** How far a consumer is. */
export interface ConsumedSoFar {
  readonly records: number
  readonly bytes: number
  /** Milliseconds since the epoch. */
  readonly atMs: number
  /** Without partitions, until then. */
  readonly joiningMs: number
}

/** The headers of `kafka-consumer-perf-test`. */
export function consumerHeader(isDetailed: boolean): string {
  return `${isDetailed ? WINDOW_HEADER : TOTAL_HEADER}${FETCH_HEADER}`
}

/** As it sums up. */
export function consumerTotalLine(
  begin: ConsumedSoFar,
  end: ConsumedSoFar,
  dateFormat: DateFormat,
): string {
  const times = [begin, end].map(({ atMs }) => dateFormat(atMs))
  return line([...times, ...ratesOf(begin, end)])
}

/** What the Java tool has not: without the first records. */
export function steadyLine(warm: ConsumedSoFar, end: ConsumedSoFar): string {
  const { recordsPerSecond, bytesPerSecond } = ratesBetween(warm, end)
  const seconds = ((end.atMs - warm.atMs) / SECOND_MS).toFixed(3)
  return (
    `${end.records - warm.records} steady state records read in ${seconds} s, ` +
    `${recordsPerSecond.toFixed(1)} records/sec (${(bytesPerSecond / MIB).toFixed(2)} MB/sec)\n`
  )
}

/** As it tells of some time of a run, with all that was consumed by its end. */
export function consumerWindowLine(
  before: ConsumedSoFar,
  now: ConsumedSoFar,
  dateFormat: DateFormat,
): string {
  const [, mbRate = '', , rate = '', ...fetching] = ratesOf(before, now)
  const [mb, records] = [(now.bytes / MIB).toFixed(4), String(now.records)]
  const time = dateFormat(now.atMs)
  return line([time, '0', mb, mbRate, records, rate, ...fetching])
}

/** A second, from one time to another. */
export function ratesBetween(
  before: ConsumedSoFar,
  now: ConsumedSoFar,
): { readonly recordsPerSecond: number; readonly bytesPerSecond: number } {
  const elapsedMs = now.atMs - before.atMs
  return {
    recordsPerSecond: perSecond(now.records - before.records, elapsedMs),
    bytesPerSecond: perSecond(now.bytes - before.bytes, elapsedMs),
  }
}

/** MB, MB/s, records, records/s, and the same of the time with partitions. */
function ratesOf(from: ConsumedSoFar, to: ConsumedSoFar): string[] {
  const [records, mb] = [to.records - from.records, (to.bytes - from.bytes) / MIB]
  const elapsedMs = to.atMs - from.atMs
  const joiningMs = to.joiningMs - from.joiningMs
  const fetchingMs = Math.max(0, elapsedMs - joiningMs)
  return [
    ...[mb.toFixed(4), rateText(mb, elapsedMs)],
    ...[String(records), rateText(records, elapsedMs)],
    ...[String(Math.round(joiningMs)), String(Math.round(fetchingMs))],
    ...[rateText(mb, fetchingMs), rateText(records, fetchingMs)],
  ]
}

function rateText(count: number, elapsedMs: number): string {
  return perSecond(count, elapsedMs).toFixed(4)
}

function line(fields: readonly string[]): string {
  return `${fields.join(', ')}\n`
}
