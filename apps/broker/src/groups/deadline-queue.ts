import type { Clock, Timer } from '@pafka/base'

/** A moment at which `action` runs unless it is put off or cancelled. Lives in one queue. */
export class Deadline {
  /** `Clock.monotonicMs`; Infinity while not set. */
  dueMs: number = Number.POSITIVE_INFINITY
  /** Where the queue looks at it next: never later than `dueMs`. Only the queue writes this. */
  queuedMs: number = Number.POSITIVE_INFINITY
  /** Index in the queue's heap, -1 while not in it. Only the queue writes this. */
  slot: number = -1
  readonly action: () => void

  constructor(action: () => void) {
    this.action = action
  }
}

/**
 * Many deadlines behind one timer. Putting a deadline off, which every heartbeat does, writes one
 * number: the heap is touched only when the earlier moment comes and is found to be put off.
 */
export class DeadlineQueue {
  readonly #clock: Clock
  /** Binary heap by `queuedMs`. */
  readonly #heap: Deadline[] = []
  #timer: Timer | null = null
  #timerDueMs: number = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#heap.length
  }

  /** Sets or moves `deadline` to `delayMs` from now. */
  set(deadline: Deadline, delayMs: number): void {
    const dueMs = this.#clock.monotonicMs() + delayMs
    deadline.dueMs = dueMs
    if (deadline.slot >= 0 && dueMs >= deadline.queuedMs) return
    deadline.queuedMs = dueMs
    if (deadline.slot < 0) {
      deadline.slot = this.#heap.length
      this.#heap.push(deadline)
    }
    this.#siftUp(deadline)
    this.#arm()
  }

  cancel(deadline: Deadline): void {
    deadline.dueMs = Number.POSITIVE_INFINITY
    if (deadline.slot >= 0) this.#remove(deadline)
  }

  /** Forgets every deadline. */
  clear(): void {
    for (const deadline of this.#heap) {
      deadline.slot = -1
      deadline.dueMs = Number.POSITIVE_INFINITY
    }
    this.#heap.length = 0
    this.#timer?.cancel()
    this.#timer = null
    this.#timerDueMs = Number.POSITIVE_INFINITY
  }

  #arm(): void {
    const first = this.#heap[0]
    if (first === undefined || first.queuedMs >= this.#timerDueMs) return
    this.#timer?.cancel()
    const waitMs = Math.ceil(first.queuedMs - this.#clock.monotonicMs())
    this.#timerDueMs = first.queuedMs
    this.#timer = this.#clock.setTimer(Math.max(waitMs, 0), () => {
      this.#timer = null
      this.#timerDueMs = Number.POSITIVE_INFINITY
      this.#runDue()
    })
  }

  /** What an action sets for now runs next time, so that no two can keep each other going. */
  #runDue(): void {
    const nowMs = this.#clock.monotonicMs()
    const due: Deadline[] = []
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || first.queuedMs > nowMs) break
      this.#remove(first)
      if (first.dueMs > nowMs) this.set(first, first.dueMs - nowMs)
      else due.push(first)
    }
    for (const deadline of due) {
      if (deadline.slot >= 0 || deadline.dueMs > nowMs) continue // set again or cancelled meanwhile
      deadline.dueMs = Number.POSITIVE_INFINITY
      deadline.action()
    }
    this.#arm()
  }

  #remove(deadline: Deadline): void {
    const last = this.#heap.pop()
    const { slot } = deadline
    deadline.slot = -1
    if (last === undefined || last === deadline) return
    last.slot = slot
    this.#heap[slot] = last
    this.#siftUp(last)
    this.#siftDown(last)
  }

  #siftUp(deadline: Deadline): void {
    while (deadline.slot > 0) {
      const parent = this.#heap[(deadline.slot - 1) >> 1]
      if (parent === undefined || parent.queuedMs <= deadline.queuedMs) return
      this.#swap(parent, deadline)
    }
  }

  #siftDown(deadline: Deadline): void {
    for (;;) {
      const left = this.#heap[deadline.slot * 2 + 1]
      const right = this.#heap[deadline.slot * 2 + 2]
      const least =
        right !== undefined && left !== undefined && right.queuedMs < left.queuedMs ? right : left
      if (least === undefined || least.queuedMs >= deadline.queuedMs) return
      this.#swap(deadline, least)
    }
  }

  #swap(first: Deadline, second: Deadline): void {
    const { slot } = first
    first.slot = second.slot
    second.slot = slot
    this.#heap[first.slot] = first
    this.#heap[second.slot] = second
  }
}
