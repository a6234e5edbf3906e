import { ErrorCode } from '@pafka/protocol'

import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import { errorOfFailedAppend } from '../coordinator-log/failed-append.ts'

/** A group that is the sum of its records. */
export interface RecordedGroup<Change> {
  readonly groupId: string
  /** What was emitted since the last call: to be written in this order, all together. */
  takeEmitted(): readonly Change[]
  /** The record that says how it is now, of the key of `record`. */
  current(record: Change): Change
  /** What takes all of it out of the log again. */
  tombstones(): Change[]
}

/** How records of one kind of group are written. */
export interface RecordFormat<Change> {
  /** The same for records of which the later replaces the earlier. */
  keyOf(record: Change): string
  encode(groupId: string, record: Change): CoordinatorRecord
}

/** Puts records into the log, all together. Calls for one group come back in their order. */
export type AppendRecords = (
  groupId: string,
  records: readonly CoordinatorRecord[],
) => Promise<ErrorCode>

/** Why nobody is told what a group came to. */
export const NOT_STORED: string = 'What the group came to could not be stored.'

/**
 * What a group has emitted on its way into the log. A group is ahead of its log, so nobody is told
 * anything of it before what it rests on is written, and what could not be written is tried again.
 */
export class GroupWrites<Change> {
  readonly #group: RecordedGroup<Change>
  readonly #format: RecordFormat<Change>
  readonly #append: AppendRecords
  /** Records of another kind of group that must go with the next write. */
  #before: readonly CoordinatorRecord[]
  /** Of records that the log did not take, the last of each key. */
  readonly #lost = new Map<string, Change>()
  #underWay = 0
  #last: Promise<ErrorCode> = Promise.resolve(ErrorCode.NONE)

  /** @param before what the log must forget of a group of another kind */
  constructor(
    group: RecordedGroup<Change>,
    format: RecordFormat<Change>,
    append: AppendRecords,
    before: readonly CoordinatorRecord[] = [],
  ) {
    this.#group = group
    this.#format = format
    this.#append = append
    this.#before = before
  }

  /** Undefined when all that there is is in the log; else a promise of when, and if, it is. */
  write(): Promise<ErrorCode> | undefined {
    const { groupId } = this.#group
    const before = this.#before
    const records = this.#take()
    if (before.length + records.length === 0) return this.#underWay === 0 ? undefined : this.#last
    this.#before = []
    this.#underWay += 1
    const encoded = records.map((record) => this.#format.encode(groupId, record))
    this.#last = this.#append(groupId, [...before, ...encoded]).then((errorCode) => {
      this.#underWay -= 1
      if (errorCode !== ErrorCode.NONE) this.#keep(before, records)
      return errorCode
    })
    return this.#last
  }

  /** What a member is told once all that it rests on is in the log. @param failed when it is not */
  answer<Answer>(
    answer: Answer,
    failed: (errorCode: ErrorCode) => Answer,
  ): Answer | Promise<Answer> {
    const written = this.write()
    return written === undefined ? answer : whenWritten(written, answer, failed)
  }

  /** Takes the group out of the log, for one of another kind. */
  replace(by: readonly CoordinatorRecord[]): Promise<ErrorCode> {
    const { groupId } = this.#group
    const gone = [...this.#take(), ...this.#group.tombstones()]
    const encoded = gone.map((record) => this.#format.encode(groupId, record))
    return this.#append(groupId, [...this.#before, ...encoded, ...by])
  }

  #take(): readonly Change[] {
    const emitted = this.#group.takeEmitted()
    if (this.#lost.size === 0) return emitted
    const lost = [...this.#lost.values()].map((record) => this.#group.current(record))
    this.#lost.clear()
    return [...lost, ...emitted]
  }

  #keep(before: readonly CoordinatorRecord[], records: readonly Change[]): void {
    this.#before = [...before, ...this.#before]
    for (const record of records) this.#lost.set(this.#format.keyOf(record), record)
  }
}

/** @param failed told what a client is told of it */
export async function whenWritten<Answer>(
  written: Promise<ErrorCode>,
  answer: Answer,
  failed: (errorCode: ErrorCode) => Answer,
): Promise<Answer> {
  const errorCode = await written
  return errorCode === ErrorCode.NONE ? answer : failed(errorOfFailedAppend(errorCode))
}
