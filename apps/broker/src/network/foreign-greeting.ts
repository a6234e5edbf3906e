/** What somebody said who took this port for another kind of server. */
export interface ForeignGreeting {
  readonly protocol: 'http' | 'tls'
  /**
   * What to answer before closing, in that protocol, so that the mistake is seen where it was made.
   */
  readonly answer: Uint8Array
}

const HTTP_METHODS = [
  'GET ',
  'POST',
  'PUT ',
  'HEAD',
  'DELE',
  'OPTI',
  'PATC',
  'CONN',
  'TRAC',
  'PRI ',
]
const HTTP_BODY = 'This is a Kafka port. It speaks the Kafka protocol, not HTTP.\n'
const HTTP_ANSWER = Buffer.from(
  'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n' +
    `Content-Length: ${HTTP_BODY.length}\r\n\r\n${HTTP_BODY}`,
)

const TLS_HANDSHAKE = 22
/**
 * Record type alert, TLS 1.0 on the record layer, two bytes: fatal, protocol_version (RFC 8446,
 * 6.2).
 */
const TLS_ALERT = Buffer.from([21, 3, 1, 0, 2, 2, 70])

/** @param start first four bytes of a connection: the size field of a frame, if it were Kafka's. */
export function recognizeGreeting(start: Uint8Array): ForeignGreeting | undefined {
  if (HTTP_METHODS.includes(Buffer.from(start.subarray(0, 4)).toString('latin1'))) {
    return { protocol: 'http', answer: HTTP_ANSWER }
  }
  if (start[0] === TLS_HANDSHAKE && start[1] === 3) return { protocol: 'tls', answer: TLS_ALERT }
  return undefined
}
