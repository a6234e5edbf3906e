import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

import { expect, test } from 'vitest'

import type { SaslExchange } from './sasl-mechanism.ts'
import { scram } from './scram.ts'

type Hash = 'sha256' | 'sha512'

interface Spoilt {
  readonly iterations?: number
  readonly nonce?: string
  readonly verifier?: string
  readonly error?: string
}

/** The broker's side of it (RFC 5802), which knows one user. */
class Server {
  readonly #hash: Hash
  readonly #spoilt: Spoilt
  #clientFirst = ''
  #serverFirst = ''
  knows = false
  first = ''

  constructor(hash: Hash, spoilt: Spoilt = {}) {
    this.#hash = hash
    this.#spoilt = spoilt
  }

  readonly exchange: SaslExchange = (bytes) => {
    const said = Buffer.from(bytes).toString('utf8')
    const answer = this.#clientFirst === '' ? this.#first(said) : this.#last(said)
    return Promise.resolve(Buffer.from(answer))
  }

  #first(said: string): string {
    this.first = said
    this.#clientFirst = said.slice(3)
    const { iterations = 4096, nonce = said.slice(said.indexOf('r=') + 2) + 'SERVER' } =
      this.#spoilt
    this.#serverFirst = `r=${nonce},s=${Buffer.from('salt').toString('base64')},i=${iterations}`
    return this.#serverFirst
  }

  #last(said: string): string {
    const hash = this.#hash
    const [withoutProof = '', proof = ''] = said.split(',p=')
    const salted = pbkdf2Sync('pässword', 'salt', 4096, hash === 'sha256' ? 32 : 64, hash)
    const signed = `${this.#clientFirst},${this.#serverFirst},${withoutProof}`
    const clientKey = hmac(hash, salted, 'Client Key')
    const stored = createHash(hash).update(clientKey).digest()
    const signature = hmac(hash, stored, signed)
    const expected = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))
    this.knows = Buffer.from(expected).equals(Buffer.from(proof, 'base64'))
    const { error, verifier } = this.#spoilt
    if (error !== undefined) return `e=${error}`
    const own = hmac(hash, hmac(hash, salted, 'Server Key'), signed).toString('base64')
    return `v=${verifier ?? own}`
  }
}

function hmac(hash: Hash, key: Uint8Array, text: string): Buffer {
  return createHmac(hash, key).update(text).digest()
}

const credentials = { username: 'us=e,r', password: 'pässword' }

test.each(['sha256', 'sha512'] as const)(
  'who knows the password proves it, by %s',
  async (hash) => {
    const server = new Server(hash)
    await scram(hash, credentials).authenticate(server.exchange, 'b:9092')
    expect(server.knows).toBe(true)
    expect(server.first).toMatch(/^n,,n=us=3De=2Cr,r=.{32}$/u)
  },
)

test('a password is asked for at each authentication', async () => {
  const passwords = ['wrong', 'pässword']
  const mechanism = scram('sha256', () => {
    return { username: 'us=e,r', password: passwords.shift() ?? '' }
  })
  const [first, second] = [new Server('sha256'), new Server('sha256')]
  await expect(mechanism.authenticate(first.exchange, 'b:9092')).rejects.toThrow(
    'does not know the password',
  )
  await mechanism.authenticate(second.exchange, 'b:9092')
  expect([first.knows, second.knows]).toEqual([false, true])
})

test.each([
  [{ iterations: 1 }, 'asks for 1 iterations'],
  [{ iterations: 2_000_000_000 }, 'asks for 2000000000 iterations'],
  [{ nonce: 'replayed' }, 'answered somebody else'],
  [{ verifier: 'AAAA' }, 'does not know the password itself'],
  [{ error: 'invalid-proof' }, 'the broker says: invalid-proof'],
])('a broker that is not to be trusted is told from one that is: %j', async (spoilt, why) => {
  const server = new Server('sha256', spoilt)
  const authenticating = scram('sha256', credentials).authenticate(server.exchange, 'b:9092')
  await expect(authenticating).rejects.toThrow(why)
})
