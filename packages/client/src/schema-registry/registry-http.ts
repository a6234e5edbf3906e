import { randomInt } from 'node:crypto'

import { type Random, seededRandom } from '@pafka/base'

import { isRetriableError } from '../errors/kafka-error.ts'
import { retrying } from '../time/retrying.ts'
import { unlessAborted } from '../time/sleep.ts'
import { httpsFetch } from './https-fetch.ts'
import {
  notOfRegistry,
  refusedBy,
  registryUnavailable,
  SchemaRegistryError,
} from './registry-error.ts'
import { plainFetch, type RegistryFetch, type RegistryRequest } from './registry-fetch.ts'
import type { ResolvedRegistryOptions } from './registry-options.ts'

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json'
/** A schema is a text that people write. */
const MOST_BYTES = 16_000_000
/** Ids in bytes that are garbage may be many, and each is asked for. */
const MOST_AT_A_TIME = 16
const SUCCESS = [200, 299] as const

/** What is asked. */
export interface RegistryCall {
  readonly method: RegistryRequest['method']
  /** With its query. */
  readonly path: string
  readonly body?: unknown
}

/**
 * Asks a registry, again where that may help, and another one of its servers when one does not
 * answer. All calls may be repeated: a schema that is registered twice is registered once.
 */
export class RegistryHttp {
  readonly #options: ResolvedRegistryOptions
  readonly #fetch: RegistryFetch
  readonly #random: Random = seededRandom(randomInt(2 ** 32))
  /** The server that answered last. */
  #serverAt = 0
  #running = 0
  readonly #wantTurn: (() => void)[] = []

  constructor(options: ResolvedRegistryOptions) {
    this.#options = options
    const { tls } = options
    this.#fetch =
      tls === undefined ? plainFetch(options.fetch ?? globalThis.fetch) : httpsFetch(tls)
  }

  /** @returns what was answered, parsed. @throws {SchemaRegistryError} */
  async call(call: RegistryCall): Promise<unknown> {
    const { clock, timeoutMs } = this.#options
    const deadlineMs = clock.monotonicMs() + timeoutMs
    await this.#turn()
    try {
      return await retrying(async () => this.#askAny(call), {
        ...{ clock, random: this.#random, deadlineMs },
      })
    } finally {
      this.#running -= 1
      this.#wantTurn.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    while (this.#running >= MOST_AT_A_TIME) {
      // oxlint-disable-next-line no-await-in-loop -- this is the wait
      await new Promise<void>((resolve) => this.#wantTurn.push(resolve))
    }
    this.#running += 1
  }

  /** Each server once. */
  async #askAny(call: RegistryCall): Promise<unknown> {
    const { urls } = this.#options
    let failure: unknown
    for (let tried = 0; tried < urls.length; tried++) {
      const at = (this.#serverAt + tried) % urls.length
      try {
        // oxlint-disable-next-line no-await-in-loop -- the next when this one does not answer
        const answer = await this.#ask(urls[at] ?? '', call)
        this.#serverAt = at
        return answer
      } catch (error) {
        if (!isRetriableError(error)) throw error
        failure = error
      }
    }
    throw failure
  }

  async #ask(url: string, { method, path, body }: RegistryCall): Promise<unknown> {
    const what = `${method} ${url}${path}`
    const text = body === undefined ? undefined : JSON.stringify(body)
    const { clock, requestTimeoutMs } = this.#options
    const late = new AbortController()
    const timer = clock.setTimer(requestTimeoutMs, () => {
      late.abort(new Error(`no answer within ${requestTimeoutMs} ms`))
    })
    try {
      const headers = await unlessAborted(this.#headers(), late.signal)
      const rest = { signal: late.signal, mostBytes: MOST_BYTES }
      const answer = await this.#fetch(`${url}${path}`, { method, headers, body: text, ...rest })
      return answered(what, answer)
    } catch (error) {
      throw error instanceof SchemaRegistryError ? error : registryUnavailable(what, error)
    } finally {
      timer.cancel()
    }
  }

  async #headers(): Promise<Record<string, string>> {
    const { auth, headers } = this.#options
    const all: Record<string, string> = { accept: `${CONTENT_TYPE}, application/json` }
    all['content-type'] = CONTENT_TYPE
    if (auth !== undefined && 'token' in auth) {
      const token = typeof auth.token === 'string' ? auth.token : await auth.token()
      all['authorization'] = `Bearer ${token}`
    } else if (auth !== undefined) {
      const { username, password } = auth
      const pair = Buffer.from(`${username}:${password}`).toString('base64')
      all['authorization'] = `Basic ${pair}`
    }
    for (const [name, value] of Object.entries(headers)) all[name.toLowerCase()] = value
    return all
  }
}

function answered(what: string, { status, text }: Awaited<ReturnType<RegistryFetch>>): unknown {
  const [least, most] = SUCCESS
  const parsed = parsedJson(text)
  if (status >= least && status <= most) {
    if (parsed === undefined) throw notOfRegistry(what, 'its answer is no JSON')
    return parsed
  }
  const body: object = typeof parsed === 'object' && parsed !== null ? parsed : {}
  const code: unknown = Reflect.get(body, 'error_code')
  const message: unknown = Reflect.get(body, 'message')
  throw refusedBy(what, {
    status,
    registryCode: typeof code === 'number' ? code : undefined,
    message: typeof message === 'string' ? message : undefined,
  })
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
