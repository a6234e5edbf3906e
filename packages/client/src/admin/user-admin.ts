import { pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

import {
  AlterUserScramCredentials,
  type AlterUserScramCredentialsRequest,
  DescribeUserScramCredentials,
  ErrorCode,
} from '@pafka/protocol'

import type { KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { type AdminParts, askController, checkAnswer } from './admin-call.ts'
import { answerOf, askEach, refused } from './ask-each.ts'
import { Enumeration } from './enumeration.ts'
import { isMany, onlyOne, type Outcome } from './outcome.ts'

export type ScramName = 'scram-sha-256' | 'scram-sha-512'

export interface ScramCredential {
  readonly mechanism: ScramName | 'unknown'
  readonly iterations: number
}

export interface ScramUser {
  readonly name: string
  readonly credentials: readonly ScramCredential[]
}

export interface NewCredential extends CallOptions {
  readonly mechanism: ScramName
  /** It does not leave this process: the broker gets what it can check it with. */
  readonly password: string
  /** From 4096, the default, to 16384: more are slower to guess, and to log in with. */
  readonly iterations?: number
}

/** Source: Kafka `ScramMechanism`. */
const MECHANISMS = new Enumeration<ScramName>({ 'scram-sha-256': 1, 'scram-sha-512': 2 })
const HASHES = {
  'scram-sha-256': { hash: 'sha256', bytes: 32 },
  'scram-sha-512': { hash: 'sha512', bytes: 64 },
} as const
const SALT_BYTES = 24
const LEAST_ITERATIONS = 4096
const MOST_ITERATIONS = 16_384

const derive = promisify(pbkdf2)

/** Users that log in by SCRAM. */
export class UserAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** All that have credentials. @throws {KafkaError} */
  async list(options: CallOptions = {}): Promise<ScramUser[]> {
    return askController(
      this.#parts,
      { api: DescribeUserScramCredentials, request: { users: null } },
      (answer) => {
        checkAnswer(answer, { api: 'DescribeUserScramCredentials' })
        return answer.results.map((result) => userFrom(result))
      },
      options,
    )
  }

  /** @throws {KafkaError} RESOURCE_NOT_FOUND, ... */
  async describe(name: string, options?: CallOptions): Promise<ScramUser>
  async describe(names: readonly string[], options?: CallOptions): Promise<Outcome<ScramUser>>
  async describe(
    given: string | readonly string[],
    options: CallOptions = {},
  ): Promise<ScramUser | Outcome<ScramUser>> {
    if (isMany(given)) return this.#describe(given, options)
    return onlyOne(await this.#describe([given], options))
  }

  /** Gives a user a password, or another one. Connections that there are stay. */
  async set(name: string, credential: NewCredential): Promise<void> {
    const { mechanism, password, iterations = LEAST_ITERATIONS } = credential
    const checks = new Checks()
    checks.name('user', name)
    checks.oneOf('mechanism', mechanism, MECHANISMS.names)
    checks.number('iterations', iterations, LEAST_ITERATIONS)
    checks.check(iterations <= MOST_ITERATIONS, `iterations: at most ${MOST_ITERATIONS}`)
    checks.check(typeof password === 'string' && password !== '', 'password: there is none')
    checks.done()
    const { hash, bytes } = HASHES[mechanism]
    const salt = randomBytes(SALT_BYTES)
    const saltedPassword = await derive(password, salt, iterations, bytes, hash)
    const upsertion = { name, mechanism: MECHANISMS.number(mechanism), iterations }
    await this.#alter(
      name,
      { deletions: [], upsertions: [{ ...upsertion, salt, saltedPassword }] },
      credential,
    )
  }

  /** Takes a user's password for a mechanism back. @throws {KafkaError} RESOURCE_NOT_FOUND, ... */
  async delete(name: string, mechanism: ScramName, options: CallOptions = {}): Promise<void> {
    const checks = new Checks()
    checks.name('user', name)
    checks.oneOf('mechanism', mechanism, MECHANISMS.names)
    checks.done()
    const deletions = [{ name, mechanism: MECHANISMS.number(mechanism) }]
    await this.#alter(name, { deletions, upsertions: [] }, options)
  }

  async #describe(names: readonly string[], options: CallOptions): Promise<Outcome<ScramUser>> {
    const checks = new Checks()
    checks.names('user', names)
    checks.done()
    const api = 'DescribeUserScramCredentials'
    return askEach(
      this.#parts,
      names,
      async (left) => {
        const users = left.map((name) => ({ name }))
        const ask = { api: DescribeUserScramCredentials, request: { users } }
        const answer = await this.#parts.cluster.askController(ask)
        checkAnswer(answer, { api })
        return new Map(
          answer.results.map((result) => {
            const { user } = result
            return [user, answerOf(result, { api, ...aboutUser(user) }, userFrom(result))]
          }),
        )
      },
      { ...options, about: aboutUser },
    )
  }

  async #alter(
    name: string,
    request: AlterUserScramCredentialsRequest,
    options: CallOptions,
  ): Promise<void> {
    await askController(
      this.#parts,
      { api: AlterUserScramCredentials, request },
      ({ results }, isAgain) => {
        const { errorCode, errorMessage } = results.find(({ user }) => user === name) ?? NONE
        // the answer to an attempt before this one was lost
        const isGone = errorCode === ErrorCode.RESOURCE_NOT_FOUND && request.deletions.length > 0
        if (errorCode === ErrorCode.NONE || (isAgain && isGone)) return
        const context = { api: 'AlterUserScramCredentials', ...aboutUser(name) }
        throw refused({ errorCode, errorMessage }, context)
      },
      options,
    )
  }
}

/** A broker that says nothing of what it was asked. */
const NONE = { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: 'no answer' }

interface WireUser {
  readonly user: string
  readonly credentialInfos: readonly {
    readonly mechanism: number
    readonly iterations: number
  }[]
}

function userFrom({ user: name, credentialInfos }: WireUser): ScramUser {
  const credentials = credentialInfos
    .toSorted((one, other) => one.mechanism - other.mechanism)
    .map(({ mechanism, iterations }) => ({ mechanism: MECHANISMS.name(mechanism), iterations }))
  return { name, credentials }
}

function aboutUser(name: string): KafkaErrorContext {
  return { subject: `user ${name}` }
}
