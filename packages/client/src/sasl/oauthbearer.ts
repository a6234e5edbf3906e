import { DecodeError } from '@pafka/base'

import { badCredentials } from '../errors/client-errors.ts'
import type { SaslMechanism } from './sasl-mechanism.ts'

const SEPARATOR = '\u0001'

export interface OAuthToken {
  /** A JWT, or whatever the broker's validator takes. */
  readonly value: string
  /** SASL extensions (KIP-342). */
  readonly extensions?: Readonly<Record<string, string>> | undefined
}

/**
 * Asked for each authentication: it may keep a token for as long as that is good. One that throws
 * is asked again, as a `CredentialsSource` is.
 */
export type TokenSource = () => OAuthToken | Promise<OAuthToken>

/** SASL OAUTHBEARER (RFC 7628, KIP-255). */
export function oauthbearer(source: TokenSource): SaslMechanism {
  return {
    name: 'OAUTHBEARER',
    async authenticate(exchange) {
      const given: Partial<OAuthToken> | undefined = await source()
      const { value, extensions = {} } = given ?? {}
      if (typeof value !== 'string') throw badCredentials('a token with its value, a text')
      const pairs = Object.entries(extensions).map(([key, text]) => `${key}=${text}`)
      const fields = [`auth=Bearer ${value}`, ...pairs].map((pair) => pair + SEPARATOR).join('')
      const answer = await exchange(Buffer.from(`n,,${SEPARATOR}${fields}${SEPARATOR}`))
      if (answer.length === 0) return
      // what is wrong comes as JSON, and the broker waits for a word before it refuses
      const why = Buffer.from(answer).toString('utf8')
      await exchange(Buffer.from(SEPARATOR))
      throw new DecodeError(why)
    },
  }
}
