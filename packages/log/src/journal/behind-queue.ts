import { assert, type Clock, MIB, SECOND_MS, type Timer } from '@pafka/base'

/** A log that has bytes to be stored. */
export interface BehindUser {
  /** Sequence of the oldest round that waits for it; infinite when none does. */
  readonly oldestSequence: number
  /**
   * Writes some of its bytes to the segment, those of rounds up to `wanted` to the last one.
   * Reports how many became free.
   */
  store(wanted: number, done: (storedBytes: number) => void): void
  /** There may be room where it found none. */
  again(): void
}

export interface BehindOptions {
  readonly clock: Clock
  /** Writes in flight when much waits; else fewer, as rounds wait behind them in the device. */
  readonly lanes: number
  /** Bytes that may wait before they are written in pieces of any size. */
  readonly comfortableBytes: number
  /** Bytes after which appends are to be held back. */
  readonly limitBytes: number
  /** How long bytes wait for company. */
  readonly ageMs: number
  /** How long the device is to be left to others after each write, unless much waits. */
  readonly restMs: () => number
  /** Sequence of the newest round. */
  readonly newest: () => number
}

/** Users that are to store all that rounds up to a sequence have of them. */
interface Drain {
  readonly sequence: number
  readonly users: Set<BehindUser>
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  /** One of them found no room; the others are stored all the same. */
  error: Error | undefined
}

/** Bytes of one log that are worth a write of their own. */
const PIECE_BYTES = MIB
/** One is copied together while the device has the other. */
const CALM_LANES = 2
/** Up to here what waits can wait for a device that is short of operations. */
const GENTLE_PRESSURE = 0.25
const RETRY_MS = SECOND_MS

/**
 * Who is written behind next: a log that has a piece together; when much waits, the log that waits
 * longest, with all it has gathered since. Idle logs cost nothing.
 */
export class BehindQueue {
  readonly #options: BehindOptions
  readonly #bytes = new Map<BehindUser, number>()
  readonly #ready = new Set<BehindUser>()
  readonly #busy = new Set<BehindUser>()
  readonly #hurried = new Set<BehindUser>()
  /** Those that found no room. */
  readonly #resting = new Set<BehindUser>()
  /** Lanes that leave the device to others for a while. */
  #pauses = 0
  #waitingBytes = 0
  #drains: Drain[] = []
  #aged = -1
  #timer: Timer | undefined
  #isAging = false
  #closed = false
  #isHeldBack = false

  constructor(options: BehindOptions) {
    this.#options = options
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** 0 up to what is comfortable: there it stays while many logs write; 1 at the limit. */
  get pressure(): number {
    const { comfortableBytes, limitBytes } = this.#options
    return Math.max(0, this.#waitingBytes - comfortableBytes) / (limitBytes - comfortableBytes)
  }

  add(user: BehindUser, bytes: number): void {
    const now = (this.#bytes.get(user) ?? 0) + bytes
    this.#bytes.set(user, now)
    this.#waitingBytes += bytes
    if (now >= PIECE_BYTES) this.#ready.add(user)
    this.#timer ??= this.#watch()
    this.#pump()
  }

  /** All of it is wanted now. */
  hurry(user: BehindUser): void {
    this.#hurried.add(user)
    this.#pump()
  }

  /** Only what somebody waits for is written from now on, or everything again. */
  holdBack(isHeldBack: boolean): void {
    this.#isHeldBack = isHeldBack
    this.#pump()
  }

  /** The user's bytes will not be stored. */
  forget(user: BehindUser, bytes: number): void {
    if (!this.#bytes.delete(user)) return
    this.#waitingBytes -= bytes
    this.#ready.delete(user)
    this.#hurried.delete(user)
    this.#resting.delete(user)
    this.#settle(user)
  }

  /** It could not be written now: who drains it need not wait for when it can. */
  later(user: BehindUser, error: Error): void {
    this.#resting.add(user)
    for (const drain of this.#drains) {
      if (drain.users.delete(user)) drain.error ??= error
    }
    this.#endDrains()
    this.#options.clock.setTimer(RETRY_MS, () => {
      this.#resting.delete(user)
      if (!this.#closed) user.again()
      if (this.#bytes.has(user)) this.#hurried.add(user) // nobody waits for it any more
      this.#pump()
    })
  }

  /** Nothing of it may be written before `resume`: who drains it waits as long. */
  pause(user: BehindUser): void {
    this.#resting.add(user)
  }

  resume(user: BehindUser): void {
    this.#resting.delete(user)
    this.#pump()
  }

  /** Resolves when no round up to a sequence waits for a segment; rejects when some have to. */
  drainTo(sequence: number): Promise<void> {
    const users = new Set<BehindUser>()
    for (const user of this.#bytes.keys()) if (user.oldestSequence <= sequence) users.add(user)
    if (users.size === 0) return Promise.resolve()
    for (const user of users) this.#resting.delete(user) // there may be room by now
    return new Promise((resolve, reject) => {
      this.#drains.push({ sequence, users, resolve, reject, error: undefined })
      this.#pump()
    })
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  #pump(): void {
    while (this.#busy.size + this.#pauses < this.#lanes && !this.#closed) {
      const user = this.#next()
      if (user === undefined) return
      this.#start(user)
    }
  }

  get #lanes(): number {
    if (this.#restMs > 0) return 1
    return this.#isCrowded() ? this.#options.lanes : Math.min(CALM_LANES, this.#options.lanes)
  }

  #start(user: BehindUser): void {
    this.#busy.add(user)
    user.store(this.#wantedOf(user), (stored) => {
      this.#busy.delete(user)
      this.#stored(user, stored)
      this.#settle(user)
      this.#pause()
      this.#pump()
    })
  }

  /** Above 0 when others need the device, and nobody needs what waits. */
  get #restMs(): number {
    const isNeeded = this.#hurried.size > 0 || this.pressure > GENTLE_PRESSURE
    return isNeeded ? 0 : this.#options.restMs()
  }

  #pause(): void {
    const restMs = this.#restMs
    if (restMs === 0) return
    this.#pauses += 1
    this.#options.clock.setTimer(restMs, () => {
      this.#pauses -= 1
      this.#pump()
    })
  }

  /** The newest round that is to be stored to the last byte of the user; -1 when none is. */
  #wantedOf(user: BehindUser): number {
    let wanted = this.#hurried.has(user) ? Number.POSITIVE_INFINITY : -1
    for (const { users, sequence } of this.#drains) {
      if (users.has(user)) wanted = Math.max(wanted, sequence)
    }
    return wanted
  }

  #stored(user: BehindUser, bytes: number): void {
    const before = this.#bytes.get(user)
    if (before === undefined) {
      this.#hurried.delete(user) // it has nothing: asked again it would say so for ever
      return
    }
    const left = before - bytes
    assert(left >= 0, 'no more is stored than waited')
    this.#waitingBytes -= bytes
    this.#bytes.delete(user)
    if (left < PIECE_BYTES) this.#ready.delete(user)
    if (left === 0) this.#hurried.delete(user)
    // at the end of the queue: what is left came later than what others have
    else this.#bytes.set(user, left)
  }

  #isCrowded(): boolean {
    return this.#waitingBytes > this.#options.comfortableBytes
  }

  #next(): BehindUser | undefined {
    for (const user of this.#hurried) if (this.#isFree(user)) return user
    for (const { users } of this.#drains) {
      for (const user of users) if (this.#isFree(user)) return user
    }
    if (this.#isHeldBack) return undefined
    for (const user of this.#ready) if (this.#isFree(user)) return user
    if (!this.#isCrowded()) return undefined
    for (const user of this.#bytes.keys()) if (this.#isFree(user)) return user
    return undefined
  }

  #isFree(user: BehindUser): boolean {
    return !this.#busy.has(user) && !this.#resting.has(user)
  }

  #settle(user: BehindUser): void {
    if (this.#drains.length === 0) return
    const oldest = this.#bytes.has(user) ? user.oldestSequence : Number.POSITIVE_INFINITY
    for (const { sequence, users } of this.#drains) if (oldest > sequence) users.delete(user)
    this.#endDrains()
  }

  #endDrains(): void {
    const done = this.#drains.filter(({ users }) => users.size === 0)
    if (done.length === 0) return
    this.#drains = this.#drains.filter(({ users }) => users.size > 0)
    for (const { error, resolve, reject } of done) {
      if (error === undefined) resolve()
      else reject(error)
    }
  }

  /** What waited for a whole tick is old by the second. */
  #watch(): Timer {
    return this.#options.clock.setTimer(this.#options.ageMs, () => {
      this.#timer = undefined
      // one at a time: while the disk is full none of them ends
      if (this.#aged >= 0 && !this.#isAging) this.#age()
      this.#aged = this.#options.newest()
      if (this.#bytes.size > 0 && !this.#closed) this.#timer = this.#watch()
    })
  }

  #age(): void {
    this.#isAging = true
    const ended = (): void => void (this.#isAging = false)
    void this.drainTo(this.#aged).then(ended, ended)
  }
}
