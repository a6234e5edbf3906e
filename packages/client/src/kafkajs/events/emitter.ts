import { asError } from '../../errors/as-error.ts'
import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import type { Logger } from '../logger-types.ts'
import type { AnyEvent, InstrumentationEvent } from './event-types.ts'

type Listener = (event: AnyEvent) => unknown

let lastId = 0

/** Tells listeners what happens in a client. */
export class EventEmitter {
  readonly #prefix: string
  readonly #names: Readonly<Record<string, string>>
  readonly #logger: Logger
  readonly #listeners = new Map<string, Set<Listener>>()

  /** @param names of its events, by the constants that stand for them */
  constructor(prefix: string, names: Readonly<Record<string, string>>, logger: Logger) {
    this.#prefix = prefix
    this.#names = names
    this.#logger = logger
  }

  /** @returns ends it. @throws {KafkaJSNonRetriableError} for a name that it does not have */
  on(name: string, listener: Listener): () => void {
    if (!Object.values(this.#names).includes(name)) {
      const known = Object.keys(this.#names).map((key) => `${this.#prefix}.events.${key}`)
      throw new KafkaJSNonRetriableError(`There is no event ${name}, but ${known.join(', ')}`)
    }
    const own = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, own)
    // the same function may listen twice
    const one: Listener = (event) => listener(event)
    own.add(one)
    return () => own.delete(one)
  }

  emit(name: string, payload?: unknown): void {
    const own = this.#listeners.get(name)
    if (own === undefined || own.size === 0) return
    lastId += 1
    // a number where the types say text: programs get what they got
    const id = lastId as unknown as string
    const event: InstrumentationEvent<unknown> = {
      ...{ id, type: name, timestamp: Date.now(), payload },
    }
    for (const listener of own) void this.#tell(listener, event)
  }

  /** Nobody is kept waiting, and nothing fails, for what a listener does. */
  async #tell(listener: Listener, event: InstrumentationEvent<unknown>): Promise<void> {
    try {
      await listener(event)
    } catch (error) {
      const { message, stack } = asError(error)
      this.#logger.error(`A listener failed: ${message}`, { eventName: event.type, stack })
    }
  }
}
