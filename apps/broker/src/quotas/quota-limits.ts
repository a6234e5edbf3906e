/** Who a limit is for: a name, null for everybody else's default, or nobody in particular. */
export type QuotaName = string | null | undefined

/** A limit that was found for a client, and who shares it. */
export interface FoundLimit {
  readonly limit: number
  /** Clients with the same one count together. */
  readonly sharedBy: string
}

/** In no name of a user and in no client id that anybody would choose. */
const SEPARATOR = '\u0000'

/**
 * The limits of one kind, such as `producer_byte_rate`, on the eight levels of user and client id.
 * The most specific level counts, a user's before a client id's.
 * Source: Kafka `ClientQuotaManager.java`.
 */
export class QuotaLimits {
  readonly #byUser = new Map<QuotaName, Map<QuotaName, number>>()

  get isEmpty(): boolean {
    return this.#byUser.size === 0
  }

  /** @param limit undefined takes it away. */
  set(user: QuotaName, clientId: QuotaName, limit: number | undefined): void {
    const byClient = this.#byUser.get(user) ?? new Map<QuotaName, number>()
    if (limit === undefined) byClient.delete(clientId)
    else byClient.set(clientId, limit)
    if (byClient.size === 0) this.#byUser.delete(user)
    else this.#byUser.set(user, byClient)
  }

  /** @param clientId empty for a client that does not say who it is. */
  find(user: string, clientId: string): FoundLimit | undefined {
    const own = this.#byUser.get(user)
    const others = this.#byUser.get(null)
    // 1. Which level is it? Whoever has a level of pairs is counted as a pair.
    if (own?.has(clientId) === true || own?.has(null) === true) return this.#pair(user, clientId)
    if (own?.has(undefined) === true) return this.#user(user)
    if (others?.has(clientId) === true || others?.has(null) === true) {
      return this.#pair(user, clientId)
    }
    if (others?.has(undefined) === true) return this.#user(user)
    // 2. Nothing for the user: the client id, whoever sends it.
    if (clientId === '') return undefined
    const anybody = this.#byUser.get(undefined)
    return found(anybody?.get(clientId) ?? anybody?.get(null), SEPARATOR + clientId)
  }

  #pair(user: string, clientId: string): FoundLimit | undefined {
    if (clientId === '') return this.#user(user) // as in Kafka: only named clients make a pair
    const own = this.#byUser.get(user)
    const others = this.#byUser.get(null)
    const limit = own?.get(clientId) ?? own?.get(null) ?? others?.get(clientId) ?? others?.get(null)
    return found(limit, user + SEPARATOR + clientId)
  }

  #user(user: string): FoundLimit | undefined {
    const limit = this.#byUser.get(user)?.get(undefined) ?? this.#byUser.get(null)?.get(undefined)
    return found(limit, user)
  }
}

function found(limit: number | undefined, sharedBy: string): FoundLimit | undefined {
  return limit === undefined ? undefined : { limit, sharedBy }
}
