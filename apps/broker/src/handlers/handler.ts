import type { Api, FrameHeader, WireReader } from '@pafka/protocol'

import type { BorrowedMemory } from '../network/response-queue.ts'
import type { HandlerContext } from './handler-context.ts'

/** Of which make a client is: `apache-kafka-java`, `4.3.1`. */
export interface ClientSoftware {
  readonly name: string
  readonly version: string
}

/** Where a request came from, and what is known of it besides its fields. */
export interface RequestOrigin {
  readonly apiVersion: number
  readonly clientId: string | null
  /** Who sent it: `ANONYMOUS`, as long as nobody has to say who he is. */
  readonly principalName: string
  /** Of the whole request, without the field that says so. */
  readonly requestBytes: number
  readonly connectionId: number
  /** The listener it came in by, as in `listeners`: `PLAINTEXT`. */
  readonly listenerName: string
  /** The peer, without port: `127.0.0.1`, `::1`. */
  readonly remoteAddress: string
  readonly remotePort: number
  /** What the connection said of the client in ApiVersions; undefined until it did. */
  clientSoftware: ClientSoftware | undefined
  /** The address and port of ours that the client reached: what it can reach again. */
  readonly localAddress: string
  readonly localPort: number
  /** Aborted when the connection closes; a handler that waits gives up then. */
  readonly signal: AbortSignal
  /** The handler looks at no bytes of the request any more: their memory is used again at once. */
  requestTaken(): void
  /**
   * The rest of a long request is worked on in a later turn of the event loop, before any further
   * request of the connection is begun. Once in each turn.
   */
  goOnLater(work: () => void): void
  /** As `goOnLater`, and not before `ready` is kept, which must not fail. */
  goOnWhen(ready: Promise<void>, work: () => void): void
  /** The answer refers to `memory`, which is given back when it has left, or never can. Once. */
  borrow(memory: BorrowedMemory): void
  /**
   * For a handler whose answer depends on it: how long the client is to wait for the time that its
   * requests take. Whoever asks puts it into the answer; the connection is muted for so long.
   */
  requestThrottleMs(): number
  /** Reads no further request of this connection for so long (KIP-219). Any answer still leaves. */
  mute(forMs: number): void
  /** For what has no other way to say that it failed: a produce request with acks=0. */
  closeConnection(reason: string): void
}

/** What a handler returns when the protocol has no answer: a produce request with acks=0. */
export const NO_RESPONSE: unique symbol = Symbol('no response')

export type Answer<Request, Response> = (
  request: Request,
  broker: HandlerContext,
  origin: RequestOrigin,
) => Response | typeof NO_RESPONSE | Promise<Response | typeof NO_RESPONSE>

/**
 * One API at the versions served. `answer` returns a value for every outcome; a throw is our bug.
 * What it keeps of the request beyond its answer it must copy where it is bytes.
 */
export interface RequestHandler {
  readonly api: Api<unknown, unknown>
  readonly minVersion: number
  readonly maxVersion: number
  readonly answer: Answer<unknown, unknown>
  /** Whole response frame for an advertised version without a codec, or undefined. */
  readonly answerLegacy?: AnswerLegacy | undefined
}

export type AnswerLegacy = (
  reader: WireReader,
  header: FrameHeader,
  origin: RequestOrigin,
) => Uint8Array[] | undefined

export function defineHandler<Request, Response>(
  api: Api<Request, Response>,
  [minVersion, maxVersion]: readonly [number, number],
  answer: Answer<Request, Response>,
  answerLegacy?: AnswerLegacy,
): RequestHandler {
  // The registry holds handlers of many APIs; api and answer of one always belong together.
  return { api, minVersion, maxVersion, answer, answerLegacy } as unknown as RequestHandler
}
