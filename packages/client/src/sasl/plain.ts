import { type CredentialsSource, readCredentials, type SaslMechanism } from './sasl-mechanism.ts'

/** SASL PLAIN (RFC 4616): the password as it is, so for TLS only. */
export function plain(source: CredentialsSource): SaslMechanism {
  return {
    name: 'PLAIN',
    async authenticate(exchange) {
      const { username, password } = await readCredentials(source)
      await exchange(Buffer.from(`\0${username}\0${password}`, 'utf8'))
    },
  }
}
