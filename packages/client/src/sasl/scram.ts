import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

import { DecodeError } from '@pafka/base'

import { type CredentialsSource, readCredentials, type SaslMechanism } from './sasl-mechanism.ts'

const NONCE_BYTES = 24
/** Fewer are no protection: whoever asks for so few wants to learn the password. */
const LEAST_ITERATIONS = 4096
/** More would keep this process busy for somebody else's purpose. */
const MOST_ITERATIONS = 1_000_000
/** "n,,": no channel binding, nobody acts for another. */
const GS2_HEADER = 'n,,'

const derive = promisify(pbkdf2)

/** SCRAM (RFC 5802, RFC 7677), as Kafka has it: names and passwords are taken as they are. */
export function scram(hash: 'sha256' | 'sha512', source: CredentialsSource): SaslMechanism {
  return {
    name: hash === 'sha256' ? 'SCRAM-SHA-256' : 'SCRAM-SHA-512',
    async authenticate(exchange) {
      const { username, password } = await readCredentials(source)
      const nonce = randomBytes(NONCE_BYTES).toString('base64')
      const clientFirst = `n=${escaped(username)},r=${nonce}`
      const serverFirst = await said(exchange(Buffer.from(GS2_HEADER + clientFirst)))
      const challenge = challengeIn(serverFirst, nonce)
      const bytes = hash === 'sha256' ? 32 : 64
      const { salt, iterations } = challenge
      const salted = await derive(password, salt, iterations, bytes, hash)
      const clientFinal = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${challenge.nonce}`
      const signed = [clientFirst, serverFirst, clientFinal].join(',')
      const clientKey = hmac(hash, salted, 'Client Key')
      const signature = hmac(hash, createHash(hash).update(clientKey).digest(), signed)
      const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))
      const last = `${clientFinal},p=${Buffer.from(proof).toString('base64')}`
      const serverFinal = fieldsOf(await said(exchange(Buffer.from(last))))
      const error = serverFinal.get('e')
      if (error !== undefined) throw new DecodeError(`the broker says: ${error}`)
      const expected = hmac(hash, hmac(hash, salted, 'Server Key'), signed)
      const given = Buffer.from(serverFinal.get('v') ?? '', 'base64')
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new DecodeError('the broker does not know the password itself')
      }
    },
  }
}

interface Challenge {
  readonly nonce: string
  readonly salt: Buffer
  readonly iterations: number
}

function challengeIn(serverFirst: string, clientNonce: string): Challenge {
  const fields = fieldsOf(serverFirst)
  const nonce = fields.get('r') ?? ''
  const salt = Buffer.from(fields.get('s') ?? '', 'base64')
  const iterations = Number(fields.get('i'))
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) {
    throw new DecodeError('the broker answered somebody else: its nonce does not begin with ours')
  }
  if (salt.length === 0) throw new DecodeError('the broker gave no salt')
  const isGood = iterations >= LEAST_ITERATIONS && iterations <= MOST_ITERATIONS
  if (!Number.isInteger(iterations) || !isGood) {
    throw new DecodeError(`the broker asks for ${fields.get('i')} iterations`)
  }
  return { nonce, salt, iterations }
}

async function said(answer: Promise<Uint8Array>): Promise<string> {
  return Buffer.from(await answer).toString('utf8')
}

/** `a=1,b=2` */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  return new Map(text.split(',').map((field) => [field.slice(0, 1), field.slice(2)]))
}

function escaped(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C')
}

function hmac(hash: string, key: Uint8Array, text: string): Buffer {
  return createHmac(hash, key).update(text).digest()
}
