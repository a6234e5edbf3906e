import { isEveryAddress, type ListenerEndpoint, parseEndpoint } from './listener-endpoint.ts'

/** Where metrics are served. */
export interface HostPort {
  /** Empty: every address. IPv6 without its brackets. */
  readonly host: string
  /** 0: a free one. */
  readonly port: number
}

/** @returns null for metrics that are off. */
export function resolveMetricsListener(
  text: string | null,
  listeners: readonly ListenerEndpoint[],
  problems: string[],
): HostPort | null {
  if (text === null || text === '') return null
  const endpoint = parseEndpoint(`METRICS://${text}`)
  if (endpoint === undefined) {
    problems.push(`metrics.listener: ${text} should be host:port, such as 127.0.0.1:9404`)
    return null
  }
  const { host, port } = endpoint
  const other = listeners.find(
    (listener) =>
      port !== 0 &&
      port === listener.port &&
      (host === listener.host || isEveryAddress(host) || isEveryAddress(listener.host)),
  )
  if (other !== undefined) {
    problems.push(`metrics.listener: ${other.name} wants port ${port} too`)
  }
  return { host, port }
}
