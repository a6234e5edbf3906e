/** One request of HTTP. */
export interface RegistryRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly signal: AbortSignal
  /** An answer with more is an error. */
  readonly mostBytes: number
}

/** Asks once. Fails when nothing is answered. */
export type RegistryFetch = (
  url: string,
  request: RegistryRequest,
) => Promise<{ readonly status: number; readonly text: string }>

/** Asks by a `fetch`: the global one is there in Node and Bun. */
export function plainFetch(by: typeof fetch): RegistryFetch {
  return async (url, { method, headers, body, signal, mostBytes }) => {
    const answer = await by(url, {
      method,
      headers,
      signal,
      ...(body === undefined ? {} : { body }),
    })
    if (answer.body === null) return { status: answer.status, text: '' }
    const parts: Uint8Array[] = []
    let sizeBytes = 0
    for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
      sizeBytes += part.length
      if (sizeBytes > mostBytes) throw new RangeError(`an answer is above ${mostBytes} bytes`)
      parts.push(part)
    }
    return { status: answer.status, text: Buffer.concat(parts).toString('utf8') }
  }
}
