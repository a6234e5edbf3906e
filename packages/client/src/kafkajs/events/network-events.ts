import type { RequestWatch, SentRequest } from '../../connection/connection.ts'
import type { EventEmitter } from './emitter.ts'

export interface NetworkEventsOptions {
  /** `producer`, `consumer` or `admin`. */
  readonly name: string
  readonly clientId: string
  readonly events: EventEmitter
}

/** Tells of the requests of one client. */
export class NetworkEvents implements RequestWatch {
  readonly #options: NetworkEventsOptions

  constructor(options: NetworkEventsOptions) {
    this.#options = options
  }

  sent(broker: string, inFlight: number): void {
    const { name, clientId, events } = this.#options
    const payload = { broker, clientId, queueSize: inFlight }
    events.emit(`${name}.network.request_queue_size`, payload)
  }

  answered(request: SentRequest, sizeBytes: number): void {
    const { name, events } = this.#options
    const asked = this.#askedOf(request)
    const duration = Date.now() - request.sentMs
    events.emit(`${name}.network.request`, { ...asked, duration, size: sizeBytes })
  }

  timedOut(request: SentRequest): void {
    const { name, events } = this.#options
    events.emit(`${name}.network.request_timeout`, this.#askedOf(request))
  }

  #askedOf({ sentMs, ...request }: SentRequest) {
    const { clientId } = this.#options
    // nothing waits before it is sent
    return { ...request, clientId, createdAt: sentMs, sentAt: sentMs, pendingDuration: 0 }
  }
}
