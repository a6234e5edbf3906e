import type { BrokerAddress } from '../connection/frame-socket.ts'

const DEFAULT_PORT = 9092
const MAX_PORT = 65_535
/** A name or an address of version 4, or one of version 6 in brackets; and a port. */
const BROKER = /^(?:\[(?<v6>[0-9a-fA-F:.%]+)\]|(?<name>[^\s:/@[\]]+))(?::(?<port>\d{1,5}))?$/u

/** `host:port`, `host` or `[::1]:9092`. @returns undefined for anything else */
export function parseBroker(text: string): BrokerAddress | undefined {
  const { v6, name, port } = BROKER.exec(text)?.groups ?? {}
  const host = v6 ?? name
  const number = port === undefined ? DEFAULT_PORT : Number(port)
  if (host === undefined || number < 1 || number > MAX_PORT) return undefined
  return { host, port: number }
}
