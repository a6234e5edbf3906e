import { availableParallelism, hostname } from 'node:os'
import type { Readable } from 'node:stream'

import { InvariantViolation } from '@pafka/base'
import type { CommandContext } from '@pafka/command'

import { messageLine, messagesOf } from './message-lines.ts'
import { type AgentOrder, type AgentReport, nowMs } from './messages.ts'
import { Thread, type ThreadWatch } from './thread.ts'

type Prepare = AgentOrder & { readonly kind: 'prepare' }

const ORDERS = ['clock', 'prepare', 'start', 'stop'] as const

/**
 * Does what who leads a bench orders, and reports to it, a message a line. Ends when the orders do:
 * nothing goes on when the connection to this host is lost.
 * @param version of this program, which is to be that of who leads
 */
export async function agentRun(
  orders: Readable,
  version: string,
  context: CommandContext,
): Promise<void> {
  const agent = new Agent(context)
  const stop = (): void => agent.order({ kind: 'stop', soon: true })
  context.signal.addEventListener('abort', stop)
  try {
    agent.greet(version)
    const stray = (line: string): void => context.writeError(`no order: ${line.slice(0, 200)}\n`)
    for await (const order of messagesOf<AgentOrder>(orders, ORDERS, stray)) agent.order(order)
  } finally {
    context.signal.removeEventListener('abort', stop)
    await agent.end()
  }
}

class Agent {
  readonly #context: CommandContext
  #threads: readonly Thread[] = []
  /** Threads that are not ready to start yet. */
  #unprepared = 0

  constructor(context: CommandContext) {
    this.#context = context
  }

  greet(version: string): void {
    this.#say({
      ...{ kind: 'hello', version, node: process.version },
      ...{ host: hostname(), processors: availableParallelism() },
    })
  }

  order(order: AgentOrder): void {
    switch (order.kind) {
      case 'clock':
        this.#say({ kind: 'clock', atMs: nowMs() })
        break
      case 'prepare':
        this.#prepare(order)
        break
      case 'start':
      case 'stop':
        for (const thread of this.#threads) thread.order(order)
        break
      default:
        throw new InvariantViolation('an order of no kind')
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#threads.map(async (thread) => thread.end()))
  }

  #prepare({ task, firstClient, clients }: Prepare): void {
    this.#unprepared = clients
    const watch: ThreadWatch = {
      prepared: () => {
        this.#unprepared -= 1
        if (this.#unprepared === 0) this.#say({ kind: 'prepared' })
      },
      window: (window) => this.#say({ kind: 'window', ...window }),
      ended: (end) => this.#say({ kind: 'ended', ...end }),
    }
    this.#threads = Array.from(
      { length: clients },
      (_, at) => new Thread({ task, client: firstClient + at }, watch),
    )
  }

  /** Nobody waits for it: who reads no more has lost the connection, which ends the orders. */
  #say(report: AgentReport): void {
    this.#context.write(messageLine(report)).catch(() => {})
  }
}
