import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'

import type { TlsOptions } from '../connection/tls-options.ts'
import type { RegistryFetch } from './registry-fetch.ts'

/** Asks by Node's own `https`, which takes certificates; `fetch` does not. */
export function httpsFetch(tls: TlsOptions): RegistryFetch {
  return async (url, { method, headers, body, signal, mostBytes }) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const asked = request(url, { ...tls, method, headers: { ...headers }, signal }, resolve)
    asked.once('error', reject)
    asked.end(body)
    const answer = await promise
    const parts: Buffer[] = []
    let sizeBytes = 0
    for await (const part of answer as AsyncIterable<Buffer>) {
      sizeBytes += part.length
      if (sizeBytes > mostBytes) throw new RangeError(`an answer is above ${mostBytes} bytes`)
      parts.push(part)
    }
    return { status: answer.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }
  }
}
