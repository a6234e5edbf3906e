import type { SaslMechanism } from '../sasl/sasl-mechanism.ts'
import { parseBroker } from '../options/parse-broker.ts'
import type { Mechanism, SaslAuthenticateArgs, SASLOptions } from './kafka-config.ts'
import type { Logger } from './logger-types.ts'

const INT32_BYTES = 4

type AwsOptions = Extract<SASLOptions, { readonly mechanism: 'aws' }>

/** As some proxies for Amazon's brokers take it: the keys as they are, so for TLS only. */
export function awsMechanism(options: AwsOptions): SaslMechanism {
  const { authorizationIdentity, accessKeyId, secretAccessKey, sessionToken = '' } = options
  return {
    name: 'AWS',
    async authenticate(exchange) {
      const parts = [authorizationIdentity, accessKeyId, secretAccessKey, sessionToken]
      await exchange(Buffer.from(parts.join('\0'), 'utf8'))
    },
  }
}

/** A program's own mechanism. What it sends and gets has an int32 size before it. */
export function customMechanism(
  { mechanism, authenticationProvider }: Mechanism,
  logger: Logger,
): SaslMechanism {
  const name = mechanism.toUpperCase()
  return {
    name,
    async authenticate(exchange, broker) {
      const { host, port } = parseBroker(broker) ?? { host: broker, port: 0 }
      const saslAuthenticate = async <ParseResult>({
        request,
        response,
      }: SaslAuthenticateArgs<ParseResult>): Promise<ParseResult | void> => {
        const said = withoutSize(await request.encode())
        const answer = withSize(await exchange(said))
        if (response === undefined) return undefined
        return response.parse(await response.decode(answer))
      }
      const authenticator = authenticationProvider({
        ...{ host, port, saslAuthenticate },
        logger: logger.namespace(`SaslAuthenticator-${name}`),
      })
      await authenticator.authenticate()
    },
  }
}

function withoutSize(bytes: Buffer): Buffer {
  const hasSize = bytes.length >= INT32_BYTES && bytes.readInt32BE(0) === bytes.length - INT32_BYTES
  return hasSize ? bytes.subarray(INT32_BYTES) : bytes
}

function withSize(bytes: Uint8Array): Buffer {
  const sized = Buffer.alloc(INT32_BYTES + bytes.length)
  sized.writeInt32BE(bytes.length, 0)
  sized.set(bytes, INT32_BYTES)
  return sized
}
