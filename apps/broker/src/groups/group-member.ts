import {
  type JoinAnswer,
  type JoinWaiter,
  NO_BYTES,
  type SyncAnswer,
  type SyncWaiter,
} from './group-answer.ts'
import { Deadline } from './deadline-queue.ts'

/** An assignor the member knows, with what it tells the leader. */
export interface MemberProtocol {
  readonly name: string
  /** Owned by the member, no view of a request. */
  readonly metadata: Uint8Array
}

export interface GroupMemberOptions {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly protocols: readonly MemberProtocol[]
  /** Its session ran out: no heartbeat, commit, join or sync came in time. */
  readonly expired: (member: GroupMember) => void
}

/** One member of a classic group. `MemberRoster` is the only writer of its id and protocols. */
export class GroupMember {
  /** A static member gets another id each time it comes back. */
  memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  /** In the member's order of preference. */
  protocols: readonly MemberProtocol[]
  assignment: Uint8Array = NO_BYTES
  /** Waits for its first join to be answered, so it does not know its id and sends no heartbeat. */
  isNew: boolean = false
  readonly session: Deadline
  #joinWaiters: JoinWaiter[] = []
  #syncWaiters: SyncWaiter[] = []

  constructor(options: GroupMemberOptions) {
    this.memberId = options.memberId
    this.groupInstanceId = options.groupInstanceId
    this.clientId = options.clientId
    this.clientHost = options.clientHost
    this.rebalanceTimeoutMs = options.rebalanceTimeoutMs
    this.sessionTimeoutMs = options.sessionTimeoutMs
    this.protocols = options.protocols
    this.session = new Deadline(() => options.expired(this))
  }

  get isStatic(): boolean {
    return this.groupInstanceId !== null
  }

  get isAwaitingJoin(): boolean {
    return this.#joinWaiters.length > 0
  }

  get isAwaitingSync(): boolean {
    return this.#syncWaiters.length > 0
  }

  /** A request that waits here stands for a heartbeat, except for a member nobody knows yet. */
  get isExcusedFromHeartbeat(): boolean {
    return !this.isNew && (this.isAwaitingJoin || this.isAwaitingSync)
  }

  /** A join sent again while the first still waits gets the same answer as the first. */
  awaitJoin(waiter: JoinWaiter): void {
    this.#joinWaiters.push(waiter)
  }

  awaitSync(waiter: SyncWaiter): void {
    this.#syncWaiters.push(waiter)
  }

  /** @returns whether a request waited. */
  answerJoin(answer: JoinAnswer): boolean {
    const waiters = this.#joinWaiters
    this.#joinWaiters = []
    for (const waiter of waiters) waiter(answer)
    return waiters.length > 0
  }

  /** @returns whether a request waited. */
  answerSync(answer: SyncAnswer): boolean {
    const waiters = this.#syncWaiters
    this.#syncWaiters = []
    for (const waiter of waiters) waiter(answer)
    return waiters.length > 0
  }

  metadataFor(protocolName: string): Uint8Array | undefined {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata
  }

  /** Same protocols, in the same order, with the same bytes. */
  matches(protocols: readonly MemberProtocol[]): boolean {
    if (protocols.length !== this.protocols.length) return false
    return this.protocols.every(({ name, metadata }, index) => {
      const other = protocols[index]
      return other !== undefined && other.name === name && sameBytes(other.metadata, metadata)
    })
  }
}

function sameBytes(first: Uint8Array, second: Uint8Array): boolean {
  return first.length === second.length && first.every((byte, at) => byte === second[at])
}
