import { ConfigError } from '@pafka/base'

import type { ManyRecords } from './many-records.ts'

/** Records that are taken from an iterable until others get their turn. */
const RECORDS_IN_A_ROW = 5000

/** @returns what to wait for before it is tried again; nothing when it was added */
type TryAdd<R> = (record: R) => Promise<void> | undefined

/**
 * Adds all records of an iterable, which is asked for more only while there is room for them, and
 * until `many` is stopped.
 * @throws what the iterable throws, and `tryAdd`; {ConfigError} when it is none
 */
export async function addRecords<R>(
  records: Iterable<R> | AsyncIterable<R>,
  many: ManyRecords,
  tryAdd: TryAdd<R>,
): Promise<void> {
  const given: Partial<AsyncIterable<R> & Iterable<R>> | undefined = records
  if (!given?.[Symbol.asyncIterator] && !given?.[Symbol.iterator]) {
    throw new ConfigError(['records: they are not to be iterated'])
  }
  let count = 0
  if (Symbol.asyncIterator in records) {
    for await (const record of records) {
      const gate = add(record, many, tryAdd)
      if (gate !== undefined) await gate
      if (many.isStopped) return
      if (++count % RECORDS_IN_A_ROW === 0) await othersTurn()
    }
    return
  }
  for (const record of records) {
    const gate = add(record, many, tryAdd)
    // oxlint-disable-next-line no-await-in-loop -- what comes next waits behind it
    if (gate !== undefined) await gate
    if (many.isStopped) return
    // oxlint-disable-next-line no-await-in-loop -- however many there are
    if (++count % RECORDS_IN_A_ROW === 0) await othersTurn()
  }
}

/** @returns what to wait for until it is added */
function add<R>(record: R, many: ManyRecords, tryAdd: TryAdd<R>): Promise<void> | undefined {
  if (many.isStopped) return undefined
  const gate = tryAdd(record)
  if (gate !== undefined) return addAfter(gate, record, many, tryAdd)
  many.added()
  return undefined
}

async function addAfter<R>(
  gate: Promise<void>,
  record: R,
  many: ManyRecords,
  tryAdd: TryAdd<R>,
): Promise<void> {
  await gate
  await add(record, many, tryAdd)
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
