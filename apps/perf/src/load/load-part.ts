import type { ProduceLoad } from './produce-load.ts'

/** Each sends as many, at its part of the rate, one a little after the other. */
export function partOf(load: ProduceLoad, at: number, clients: number): ProduceLoad {
  const { schedule, records, payload, warmupRecords = 0 } = load
  const indexOf = (index: number): number => index * clients + at
  return {
    ...load,
    records: shareOf(records, at, clients),
    warmupRecords: shareOf(warmupRecords, at, clients),
    payload: (index) => payload(indexOf(index)),
    schedule: schedule && {
      dueMs: (index) => schedule.dueMs(indexOf(index)),
      dueBy: (elapsedMs) => Math.ceil((schedule.dueBy(elapsedMs) - at) / clients),
    },
  }
}

/** @returns how many of so many records one of the clients has */
export function shareOf(records: number, at: number, clients: number): number {
  return Math.floor(records / clients) + (at < records % clients ? 1 : 0)
}
