import { Deadline, type DeadlineQueue } from '../groups/deadline-queue.ts'

/** What a member must do in time, and is taken out of its group for when it does not. */
export type MemberDuty =
  /** Be heard of. */
  | 'session'
  /** Give up what it was told to give up. */
  | 'rebalance'
  /** A member of the classic protocol: join again, having been told to. */
  | 'join'
  /** A member of the classic protocol: fetch what it was assigned. */
  | 'sync'

/** The deadlines of one group's members. */
export class MemberTimers {
  readonly #deadlines: DeadlineQueue
  readonly #expired: (memberId: string, duty: MemberDuty) => void
  readonly #members = new Map<string, Map<MemberDuty, Deadline>>()

  constructor(deadlines: DeadlineQueue, expired: (memberId: string, duty: MemberDuty) => void) {
    this.#deadlines = deadlines
    this.#expired = expired
  }

  /** Starts it anew. */
  restart(memberId: string, duty: MemberDuty, delayMs: number): void {
    this.#deadlines.set(this.#deadline(memberId, duty), delayMs)
  }

  /** Starts it unless it runs. */
  start(memberId: string, duty: MemberDuty, delayMs: number): void {
    const deadline = this.#deadline(memberId, duty)
    if (deadline.dueMs === Number.POSITIVE_INFINITY) this.#deadlines.set(deadline, delayMs)
  }

  cancel(memberId: string, duty: MemberDuty): void {
    const deadline = this.#members.get(memberId)?.get(duty)
    if (deadline !== undefined) this.#deadlines.cancel(deadline)
  }

  forget(memberId: string): void {
    for (const deadline of this.#members.get(memberId)?.values() ?? []) {
      this.#deadlines.cancel(deadline)
    }
    this.#members.delete(memberId)
  }

  clear(): void {
    for (const memberId of [...this.#members.keys()]) this.forget(memberId)
  }

  #deadline(memberId: string, duty: MemberDuty): Deadline {
    let duties = this.#members.get(memberId)
    if (duties === undefined) {
      duties = new Map<MemberDuty, Deadline>()
      this.#members.set(memberId, duties)
    }
    let deadline = duties.get(duty)
    if (deadline === undefined) {
      deadline = new Deadline(() => this.#expired(memberId, duty))
      duties.set(duty, deadline)
    }
    return deadline
  }
}
