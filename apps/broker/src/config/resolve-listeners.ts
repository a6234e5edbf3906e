import {
  type AdvertisedListener,
  formatEndpoint,
  isEveryAddress,
  type ListenerEndpoint,
  parseEndpoint,
} from './listener-endpoint.ts'

/** The keys that listeners are made of, parsed but not yet understood. */
export interface ListenerTexts {
  readonly listeners: readonly string[]
  readonly advertisedListeners: readonly string[] | null
  readonly listenerSecurityProtocolMap: string
  readonly controllerListenerNames: readonly string[]
  readonly interBrokerListenerName: string | null
}

export interface ResolvedListeners {
  readonly listeners: readonly ListenerEndpoint[]
  readonly advertisedListeners: readonly AdvertisedListener[] | null
  readonly interBrokerListenerName: string
}

/** @param problems gets everything that is wrong; the result then does not count. */
export function resolveListeners(texts: ListenerTexts, problems: string[]): ResolvedListeners {
  const controllers = new Set(texts.controllerListenerNames.map((name) => name.toUpperCase()))
  const protocols = protocolMap(texts.listenerSecurityProtocolMap, problems)
  const listeners: ListenerEndpoint[] = []
  for (const endpoint of endpointsOf('listeners', texts.listeners, problems)) {
    if (controllers.has(endpoint.name)) continue
    const problem = protocolProblem(endpoint.name, protocols) ?? clash(endpoint, listeners)
    if (problem === undefined) listeners.push({ ...endpoint, securityProtocol: 'PLAINTEXT' })
    else problems.push(`listeners: ${problem}`)
  }
  if (listeners.length === 0 && problems.length === 0) {
    problems.push('listeners: names no listener for clients')
  }
  return {
    listeners,
    advertisedListeners: advertised(texts, { controllers, listeners }, problems),
    interBrokerListenerName: interBroker(texts.interBrokerListenerName, listeners, problems),
  }
}

function endpointsOf(
  key: string,
  texts: readonly string[],
  problems: string[],
): AdvertisedListener[] {
  const endpoints: AdvertisedListener[] = []
  for (const text of texts) {
    const endpoint = parseEndpoint(text)
    if (endpoint === undefined) {
      problems.push(`${key}: ${text} should be name://host:port, such as PLAINTEXT://:9092`)
    } else if (endpoints.some(({ name }) => name === endpoint.name)) {
      problems.push(`${key}: ${endpoint.name} is there twice; give each listener its own name`)
    } else {
      endpoints.push(endpoint)
    }
  }
  return endpoints
}

function protocolMap(text: string, problems: string[]): Map<string, string> {
  const protocols = new Map<string, string>()
  for (const entry of text.split(',')) {
    const trimmed = entry.trim()
    if (trimmed === '') continue
    const [name, protocol, ...rest] = trimmed.split(':')
    if (name === undefined || protocol === undefined || rest.length > 0) {
      problems.push(`listener.security.protocol.map: ${trimmed} should be name:protocol`)
    } else {
      protocols.set(name.trim().toUpperCase(), protocol.trim().toUpperCase())
    }
  }
  return protocols
}

function protocolProblem(name: string, protocols: ReadonlyMap<string, string>): string | undefined {
  const protocol = protocols.get(name)
  if (protocol === 'PLAINTEXT') return undefined
  if (protocol === undefined) {
    return `${name} has no protocol; add ${name}:PLAINTEXT to listener.security.protocol.map`
  }
  return `${name} asks for ${protocol}, which is not served yet; only PLAINTEXT is`
}

/** Two listeners cannot have one port of one address. */
function clash(
  endpoint: AdvertisedListener,
  others: readonly ListenerEndpoint[],
): string | undefined {
  const other = others.find(
    ({ host, port }) =>
      port !== 0 &&
      port === endpoint.port &&
      (host === endpoint.host || isEveryAddress(host) || isEveryAddress(endpoint.host)),
  )
  if (other === undefined) return undefined
  return `${endpoint.name} and ${other.name} both want port ${endpoint.port}`
}

function advertised(
  texts: ListenerTexts,
  known: {
    readonly controllers: ReadonlySet<string>
    readonly listeners: readonly ListenerEndpoint[]
  },
  problems: string[],
): readonly AdvertisedListener[] | null {
  const key = 'advertised.listeners'
  const written = texts.advertisedListeners ?? []
  const endpoints = endpointsOf(key, written, problems).filter(
    ({ name }) => !known.controllers.has(name),
  )
  for (const endpoint of endpoints) {
    if (endpoint.host !== '' && isEveryAddress(endpoint.host)) {
      problems.push(`${key}: ${formatEndpoint(endpoint)} is an address that nobody can go to`)
    }
    if (!known.listeners.some(({ name }) => name === endpoint.name)) {
      problems.push(`${key}: ${endpoint.name} is not one of listeners`)
    }
  }
  return endpoints.length === 0 ? null : endpoints
}

function interBroker(
  written: string | null,
  listeners: readonly ListenerEndpoint[],
  problems: string[],
): string {
  const first = listeners[0]?.name ?? ''
  if (written === null || written === '') return first
  const name = written.toUpperCase()
  if (!listeners.some((listener) => listener.name === name)) {
    problems.push(`inter.broker.listener.name: ${written} is not one of listeners`)
  }
  return name
}
