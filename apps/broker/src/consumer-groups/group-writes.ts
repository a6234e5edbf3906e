import { ErrorCode } from '@pafka/protocol'

import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import { encodeGroupRecord } from './consumer-group-codec.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerGroupRecord, recordKey } from './consumer-group-record.ts'

/** Puts records into the log, all together. Calls for one group come back in their order. */
export type AppendRecords = (
  groupId: string,
  records: readonly CoordinatorRecord[],
) => Promise<ErrorCode>

/**
 * What a group has emitted on its way into the log. A group is ahead of its log, so nobody is told
 * anything of it before what it rests on is written, and what could not be written is tried again.
 */
export class GroupWrites {
  readonly #group: ConsumerGroup
  readonly #append: AppendRecords
  /** Records of another kind of group that must go with the next write. */
  #before: readonly CoordinatorRecord[]
  /** Of records that the log did not take, the last of each key. */
  readonly #lost = new Map<string, ConsumerGroupRecord>()
  #underWay = 0
  #last: Promise<ErrorCode> = Promise.resolve(ErrorCode.NONE)

  /** @param before what the log must forget of a group of another kind */
  constructor(
    group: ConsumerGroup,
    append: AppendRecords,
    before: readonly CoordinatorRecord[] = [],
  ) {
    this.#group = group
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
    const encoded = records.map((record) => encodeGroupRecord(groupId, record))
    this.#last = this.#append(groupId, [...before, ...encoded]).then((errorCode) => {
      this.#underWay -= 1
      if (errorCode !== ErrorCode.NONE) this.#keep(before, records)
      return errorCode
    })
    return this.#last
  }

  /** Takes the group out of the log, for one of another kind. */
  replace(by: readonly CoordinatorRecord[]): Promise<ErrorCode> {
    const { groupId } = this.#group
    const gone = [...this.#take(), ...this.#group.tombstones()]
    const encoded = gone.map((record) => encodeGroupRecord(groupId, record))
    return this.#append(groupId, [...this.#before, ...encoded, ...by])
  }

  #take(): readonly ConsumerGroupRecord[] {
    const emitted = this.#group.takeEmitted()
    if (this.#lost.size === 0) return emitted
    const lost = [...this.#lost.values()].map((record) => this.#group.current(record))
    this.#lost.clear()
    return [...lost, ...emitted]
  }

  #keep(before: readonly CoordinatorRecord[], records: readonly ConsumerGroupRecord[]): void {
    this.#before = [...before, ...this.#before]
    for (const record of records) this.#lost.set(recordKey(record), record)
  }
}
