import type { Bench } from '@pafka/testing'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { PersistentRegion } from './persistent-region.ts'
import { createRegion } from './open-region.ts'

const REGION_BYTES = 4 * 2 ** 20
const RECORD_BYTES = 1024
const RECORDS_AT = 64
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const record = new Uint8Array(RECORD_BYTES).fill(7)

/** Calls `use` with a region whose pages were touched: the file is gone afterwards. */
function withRegion(use: (region: PersistentRegion) => void): void {
  const folder = mkdtempSync(join(place, 'pafka-pmem-'))
  using region = createRegion(join(folder, 'region'), REGION_BYTES)
  rmSync(folder, { recursive: true })
  region.prefault(0, REGION_BYTES)
  use(region)
}

/** Records one after another, round and round. */
function eachRecord(times: number, append: (at: number, count: number) => void): void {
  let at = RECORDS_AT
  for (let count = 1; count <= times; count++) {
    append(at, count)
    at += RECORD_BYTES
    if (at + RECORD_BYTES > REGION_BYTES) at = RECORDS_AT
  }
}

export const benches: readonly Bench[] = [
  {
    name: `append 1 KiB durably in ${place}: copy, fence, end mark, persist`,
    bytes: RECORD_BYTES,
    run: (times) =>
      withRegion((region) => {
        eachRecord(times, (at, count) => {
          region.copy(record, at)
          region.fence()
          region.store64(0, count)
        })
      }),
  },
  {
    name: `copy and persist 1 KiB in ${place}`,
    bytes: RECORD_BYTES,
    run: (times) =>
      withRegion((region) => {
        eachRecord(times, (at) => region.copyAndPersist(record, at))
      }),
  },
  {
    name: `an end mark in ${place}`,
    run: (times) =>
      withRegion((region) => {
        eachRecord(times, (_at, count) => region.store64(0, count))
      }),
  },
  {
    name: `copy and persist 1 MiB in ${place}`,
    bytes: 2 ** 20,
    run: (times) =>
      withRegion((region) => {
        const large = new Uint8Array(2 ** 20).fill(7)
        for (let count = 0; count < times; count++) region.copyAndPersist(large, RECORDS_AT)
      }),
  },
]
