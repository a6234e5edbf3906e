import { ErrorCode } from '@pafka/protocol'

import type { FetchReader } from '../fetch/fetch-memory.ts'

/** The epochs by which a request begins a session, and ends it. */
export const BEGIN_EPOCH = 0
export const END_EPOCH = -1
const MAX_EPOCH = 2_147_483_647

export interface SharedPartition {
  readonly topicId: string
  readonly partition: number
}

/** What a member fetches, from one request to the next (KIP-932). */
export interface ShareSession {
  readonly groupId: string
  readonly memberId: string
  /** In the order they are served. */
  readonly partitions: readonly SharedPartition[]
}

interface OpenSession extends ShareSession {
  readonly open: Map<string, SharedPartition>
  nextEpoch: number
  /** The connection that it began on is of no concern any more. */
  forgetConnection: () => void
}

/** Who a request is from, and what it takes its session's epoch to be. */
export interface SessionClaim {
  readonly groupId: string
  readonly memberId: string
  readonly epoch: number
}

/** What a request adds to a session, and takes from it. */
export interface SessionChange {
  readonly wanted: readonly SharedPartition[]
  readonly forgotten: readonly SharedPartition[]
}

/** The sessions of all members. One ends with its connection, at the latest. */
export class ShareSessions {
  readonly #maxSessions: number
  readonly #closed: (session: ShareSession) => void
  readonly #sessions = new Map<string, OpenSession>()

  /** @param closed told of sessions that nobody ended */
  constructor(maxSessions: number, closed: (session: ShareSession) => void) {
    this.#maxSessions = maxSessions
    this.#closed = closed
  }

  get size(): number {
    return this.#sessions.size
  }

  /** A request that fetches. @returns the session as it is with it, or why there is none */
  fetch(
    claim: SessionClaim,
    { wanted, forgotten }: SessionChange,
    connection: FetchReader['signal'],
  ): ShareSession | ErrorCode {
    if (claim.epoch === BEGIN_EPOCH) return this.#begin(claim, wanted, connection)
    const session = this.#next(claim)
    if (typeof session === 'number') return session
    if (claim.epoch === END_EPOCH) return session
    for (const one of wanted) session.open.set(keyOf(one), one)
    for (const one of forgotten) session.open.delete(keyOf(one))
    return session
  }

  /** A request that only says what became of records. */
  acknowledge(claim: SessionClaim): ShareSession | ErrorCode {
    if (claim.epoch === BEGIN_EPOCH) return ErrorCode.INVALID_SHARE_SESSION_EPOCH
    return this.#next(claim)
  }

  /** The partition that was served first is served last the next time. */
  served(session: ShareSession, served: SharedPartition): void {
    const open = this.#sessions.get(nameOf(session))
    if (open !== session || !open.open.delete(keyOf(served))) return
    open.open.set(keyOf(served), served)
  }

  #begin(
    claim: SessionClaim,
    wanted: readonly SharedPartition[],
    connection: FetchReader['signal'],
  ): ShareSession | ErrorCode {
    const name = nameOf(claim)
    const isNew = !this.#sessions.has(name)
    if (isNew && this.#sessions.size >= this.#maxSessions) {
      return ErrorCode.SHARE_SESSION_LIMIT_REACHED
    }
    const { groupId, memberId } = claim
    const open = new Map(wanted.map((one) => [keyOf(one), one]))
    const end = (): void => {
      if (this.#sessions.get(name) !== session) return
      this.#sessions.delete(name)
      this.#closed(session)
    }
    const session: OpenSession = {
      groupId,
      memberId,
      open,
      nextEpoch: 1,
      forgetConnection: () => connection.removeEventListener('abort', end),
      get partitions() {
        return [...open.values()]
      },
    }
    this.#sessions.get(name)?.forgetConnection()
    this.#sessions.set(name, session)
    if (connection.aborted) end()
    else connection.addEventListener('abort', end, { once: true })
    return session
  }

  /** The session if the request is the next one of it. */
  #next(claim: SessionClaim): OpenSession | ErrorCode {
    const name = nameOf(claim)
    const session = this.#sessions.get(name)
    if (session === undefined) return ErrorCode.SHARE_SESSION_NOT_FOUND
    if (claim.epoch === END_EPOCH) {
      session.forgetConnection()
      this.#sessions.delete(name)
      return session
    }
    if (claim.epoch !== session.nextEpoch) return ErrorCode.INVALID_SHARE_SESSION_EPOCH
    session.nextEpoch = session.nextEpoch === MAX_EPOCH ? 1 : session.nextEpoch + 1
    return session
  }
}

function nameOf({ groupId, memberId }: Pick<SessionClaim, 'groupId' | 'memberId'>): string {
  return `${memberId.length} ${memberId} ${groupId}` // a space may be in either
}

function keyOf({ topicId, partition }: SharedPartition): string {
  return `${topicId} ${partition}`
}
