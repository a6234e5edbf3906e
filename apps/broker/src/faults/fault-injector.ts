import { errorName, type ErrorCode } from '@pafka/protocol'

import type { Clock } from '@pafka/base'

import type { HandlerContext } from '../handlers/handler-context.ts'
import { NO_RESPONSE, type RequestHandler, type RequestOrigin } from '../handlers/handler.ts'
import type { Intercept, RequestInterceptor } from '../handlers/request-interceptor.ts'
import {
  checkAnswerable,
  checkDelay,
  checkError,
  checkOptions,
  type RawOptions,
} from './check-order.ts'
import { errorAnswers } from './error-answers.ts'
import type { AnswerableApi, FaultApi } from './fault-apis.ts'
import { type Fault, OrderedFault } from './fault.ts'
import type { FaultError, Faults, TopicFaultWhere } from './faults.ts'
import { isAboutTopic, isTopicApi } from './request-topics.ts'

/** One request on its way to its handler. */
interface Arrived {
  readonly handler: RequestHandler
  readonly request: unknown
  readonly broker: HandlerContext
  readonly origin: RequestOrigin
}

/** What a fault does to a request; undefined when there is nothing about it that it could do. */
type Act = (arrived: Arrived, fault: OrderedFault) => unknown

interface Waiting {
  readonly fault: OrderedFault
  readonly where: TopicFaultWhere
  readonly act: Act
}

interface FaultRequest {
  readonly what: string
  readonly options: RawOptions
  readonly act: Act
}

/** Keeps what was ordered, and serves the requests that meet it. */
export class FaultInjector implements Faults, RequestInterceptor {
  /** Set only while faults wait, so that a broker without any pays nothing. */
  intercept: Intercept | undefined = undefined

  readonly #clock: Clock
  #waiting: readonly Waiting[] = []
  /** Aborted by `clear`, so that answers that are delayed leave; then there is a new one. */
  #clearing = new AbortController()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get pending(): readonly Fault[] {
    return this.#waiting.map(({ fault }) => fault)
  }

  answer(api: AnswerableApi, error: FaultError, options: RawOptions = {}): Fault {
    const build = errorAnswers[checkAnswerable(api)]
    const errorCode: ErrorCode = checkError(error)
    const act: Act = ({ request, broker, origin }, fault) => {
      const answer = build(request, { errorCode, broker, origin })
      if (answer === undefined) return undefined
      fault.meet()
      fault.finish()
      return answer
    }
    return this.#order(api, { what: `answered with ${errorName(errorCode)}`, options, act })
  }

  delay(api: FaultApi, delayMs: number, options: RawOptions = {}): Fault {
    const checkedMs = checkDelay(delayMs)
    const act: Act = (arrived, fault) => {
      fault.meet()
      fault.finish()
      return this.#serveLate(arrived, checkedMs)
    }
    return this.#order(api, { what: `delayed by ${checkedMs} ms`, options, act })
  }

  cut(api: FaultApi, options: RawOptions = {}): Fault {
    return this.#order(api, { what: 'cut off', options, act: cutOff })
  }

  loseAnswer(api: FaultApi, options: RawOptions = {}): Fault {
    return this.#order(api, { what: 'served, its answer lost', options, act: serveAndLose })
  }

  clear(): void {
    for (const { fault } of this.#waiting) fault.clear()
    this.#clearing.abort()
    this.#clearing = new AbortController()
  }

  #order(api: FaultApi, { what, options, act }: FaultRequest): Fault {
    const { times, where } = checkOptions(api, options, this.#waiting.length)
    const limits = Object.entries(where).map(([key, value]) => ` with ${key} ${value}`)
    const fault = new OrderedFault({
      api,
      description: `${api}${limits.join('')} ${what}, ${times === 1 ? 'once' : `${times} times`}`,
      times,
      onSpent: (spent) => this.#setWaiting(this.#waiting.filter((each) => each.fault !== spent)),
    })
    this.#setWaiting([...this.#waiting, { fault, where, act }])
    return fault
  }

  #setWaiting(waiting: readonly Waiting[]): void {
    this.#waiting = waiting
    this.intercept = waiting.length === 0 ? undefined : this.#intercept
  }

  readonly #intercept: Intercept = (handler, request, broker, origin) => {
    const arrived = { handler, request, broker, origin }
    for (const waiting of this.#waiting) {
      if (!isFor(waiting, arrived)) continue
      const answered = waiting.act(arrived, waiting.fault)
      if (answered !== undefined) return answered
    }
    return serve(arrived)
  }

  async #serveLate(arrived: Arrived, delayMs: number): Promise<unknown> {
    const signal = AbortSignal.any([arrived.origin.signal, this.#clearing.signal])
    const answered = await serve(arrived)
    if (!signal.aborted) await this.#wait(delayMs, signal)
    return answered
  }

  #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const timer = this.#clock.setTimer(delayMs, end)
      signal.addEventListener('abort', end)
    })
  }
}

function isFor({ fault, where }: Waiting, { handler, request, broker, origin }: Arrived): boolean {
  const { name } = handler.api
  if (fault.api !== name) return false
  if (where.clientId !== undefined && where.clientId !== origin.clientId) return false
  if (where.topic === undefined) return true
  return isTopicApi(name) && isAboutTopic(name, request, where.topic, broker)
}

function serve({ handler, request, broker, origin }: Arrived): unknown {
  return handler.answer(request, broker, origin)
}

function cutOff({ origin }: Arrived, fault: OrderedFault): unknown {
  fault.meet()
  fault.finish()
  origin.closeConnection('a fault was ordered: the connection is cut')
  return NO_RESPONSE
}

async function serveAndLose(arrived: Arrived, fault: OrderedFault): Promise<unknown> {
  fault.meet()
  try {
    await serve(arrived)
  } finally {
    arrived.origin.closeConnection('a fault was ordered: the answer is lost')
    fault.finish()
  }
  return NO_RESPONSE
}
