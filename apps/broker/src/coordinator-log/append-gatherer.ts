import { ErrorCode } from '@pafka/protocol'

import type { CoordinatorRecord } from './coordinator-log.ts'

/** What a record takes in a batch besides key and value, at the most: lengths, deltas. */
const RECORD_OVERHEAD_BYTES = 24

/** One append that somebody waits for; it may be spread over batches. */
class PendingAppend {
  readonly records: readonly CoordinatorRecord[]
  readonly #done: (errorCode: ErrorCode) => void
  #errorCode: ErrorCode = ErrorCode.NONE
  #parts = 0

  constructor(records: readonly CoordinatorRecord[], done: (errorCode: ErrorCode) => void) {
    this.records = records
    this.#done = done
  }

  addPart(): void {
    this.#parts += 1
  }

  settlePart(errorCode: ErrorCode): void {
    if (errorCode !== ErrorCode.NONE) this.#errorCode = errorCode
    this.#parts -= 1
    if (this.#parts === 0) this.#done(this.#errorCode)
  }
}

/** Records of one or more appends that go into the log as one batch. */
export interface GatheredBatch {
  readonly records: readonly CoordinatorRecord[]
  /** Call it once. Batches must be settled in the order of `take`. */
  settle(errorCode: ErrorCode): void
}

/**
 * The appends of one turn of the event loop to one partition: many small requests make one batch,
 * and one large request as many as it needs.
 */
export class AppendGatherer {
  #pending: PendingAppend[] = []

  add(records: readonly CoordinatorRecord[], done: (errorCode: ErrorCode) => void): void {
    this.#pending.push(new PendingAppend(records, done))
  }

  /** @param maxBytes of a batch; a larger record comes alone. */
  take(maxBytes: number): GatheredBatch[] {
    const pending = this.#pending
    this.#pending = []
    const batches: GatheredBatch[] = []
    let open = new OpenBatch()
    for (const append of pending) {
      for (const record of append.records) {
        const sizeBytes = sizeOf(record)
        if (open.records.length > 0 && open.sizeBytes + sizeBytes > maxBytes) {
          batches.push(open)
          open = new OpenBatch()
        }
        open.add(record, sizeBytes, append)
      }
    }
    if (open.records.length > 0) batches.push(open)
    return batches
  }
}

class OpenBatch implements GatheredBatch {
  readonly records: CoordinatorRecord[] = []
  sizeBytes = 0
  readonly #appends: PendingAppend[] = []

  add(record: CoordinatorRecord, sizeBytes: number, append: PendingAppend): void {
    this.records.push(record)
    this.sizeBytes += sizeBytes
    if (this.#appends.at(-1) === append) return
    this.#appends.push(append)
    append.addPart()
  }

  settle(errorCode: ErrorCode): void {
    for (const append of this.#appends) append.settlePart(errorCode)
  }
}

function sizeOf({ key, value }: CoordinatorRecord): number {
  return RECORD_OVERHEAD_BYTES + key.length + (value?.length ?? 0)
}
