import { type Clock, ConfigError, systemClock } from '@pafka/base'

import type { TlsOptions } from '../connection/tls-options.ts'

/** Who one is at a registry. A function is asked for each request: it may keep what it has. */
export type RegistryAuth =
  | { readonly username: string; readonly password: string }
  | { readonly token: string | (() => string | Promise<string>) }

/** How to reach a schema registry. */
export interface SchemaRegistryOptions {
  /** `http://host:8081`, one or several, of which the first that answers is asked. */
  readonly urls: string | readonly string[]
  /** Basic or bearer. A name and a password may be in the URLs instead. */
  readonly auth?: RegistryAuth | undefined
  /** With each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** As `tls.connect` takes it: `{ ca, cert, key }`; for what Node trusts it need not be said. */
  readonly tls?: TlsOptions | undefined
  /** For one request; 10 s by default. */
  readonly requestTimeoutMs?: number
  /** For a call with all its attempts; 60 s by default. */
  readonly timeoutMs?: number
  /** Schemas that are kept, at most; 1000 by default. */
  readonly cacheSize?: number
  /** Instead of the global one. */
  readonly fetch?: typeof fetch | undefined
  /** For tests that hold time. */
  readonly clock?: Clock
}

/** Options with everything in them. */
export interface ResolvedRegistryOptions {
  /** Without a slash at the end, and without credentials. */
  readonly urls: readonly string[]
  readonly auth: RegistryAuth | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly tls: TlsOptions | undefined
  readonly requestTimeoutMs: number
  readonly timeoutMs: number
  readonly cacheSize: number
  readonly fetch: typeof fetch | undefined
  readonly clock: Clock
}

/** @throws {ConfigError} with all that is wrong */
export function registryOptions(given: string | SchemaRegistryOptions): ResolvedRegistryOptions {
  const options = typeof given === 'string' ? { urls: given } : given
  const { headers = {}, tls, fetch, clock = systemClock } = options
  const { requestTimeoutMs = 10_000, timeoutMs = 60_000, cacheSize = 1000 } = options
  const problems: string[] = []
  for (const [key, value] of Object.entries({ requestTimeoutMs, timeoutMs, cacheSize })) {
    const isGood = Number.isInteger(value) && value > 0 && value < 2 ** 31
    if (!isGood) problems.push(`${key}: ${value} is no whole number above 0`)
  }
  const listed = typeof options.urls === 'string' ? options.urls.split(',') : [...options.urls]
  const parsed = listed.map((text) => text.trim()).flatMap((text) => urlOf(text, problems) ?? [])
  if (listed.length === 0) problems.push('urls: at least one is needed')
  if (tls !== undefined && fetch !== undefined) problems.push('tls: it is for fetch to know')
  if (problems.length > 0) throw new ConfigError(problems)
  const withUser = parsed.find(({ username }) => username !== '')
  const auth = withUser && {
    username: decodeURIComponent(withUser.username),
    password: decodeURIComponent(withUser.password),
  }
  return {
    urls: parsed.map(({ origin, pathname }) => `${origin}${pathname.replace(/\/+$/, '')}`),
    auth: options.auth ?? auth,
    ...{ headers, tls, requestTimeoutMs, timeoutMs, cacheSize, fetch, clock },
  }
}

function urlOf(text: string, problems: string[]): URL | undefined {
  const url = URL.parse(text)
  if (url !== null && ['http:', 'https:'].includes(url.protocol)) return url
  // without what may be a password
  problems.push(`urls: ${text.replace(/^.*@/, '')} is no http or https URL`)
  return undefined
}
