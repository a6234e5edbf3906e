import { type MessagePort, parentPort, workerData } from 'node:worker_threads'

import { ConfigError, messageOf } from '@pafka/base'

import { BenchClient } from './bench-client.ts'
import type { BenchTask, ClientEnd, ClientWindow } from './messages.ts'

/** What a thread is given. */
export interface ThreadData {
  readonly task: BenchTask
  readonly client: number
}

/** From a thread. */
export type ThreadReport =
  | { readonly kind: 'prepared' }
  | ({ readonly kind: 'window' } & ClientWindow)
  | ({ readonly kind: 'ended' } & ClientEnd)
  | { readonly kind: 'failed'; readonly problem: string }

/** To a thread. */
export type ThreadOrder =
  | { readonly kind: 'start'; readonly atMs: number }
  | { readonly kind: 'stop'; readonly soon?: boolean }

/**
 * One client of a bench, in the thread that this is called in.
 * @throws {ConfigError} where it is no such thread
 */
export async function clientThread(): Promise<void> {
  const port = parentPort
  if (port === null) throw new ConfigError(['this is for the threads of an agent'])
  const [stop, soon] = [new AbortController(), new AbortController()]
  const started = startOf(port, stop, soon)
  try {
    await work(port, started, { stop: stop.signal, soon: soon.signal })
  } catch (error) {
    port.postMessage({
      kind: 'failed',
      problem: messageOf(error),
    })
  } finally {
    port.unref() // nobody orders anything any more
  }
}

async function work(
  port: MessagePort,
  started: Promise<number>,
  { stop, soon }: { readonly stop: AbortSignal; readonly soon: AbortSignal },
): Promise<void> {
  const { task, client } = workerData as ThreadData
  await using made = new BenchClient(task, client)
  soon.addEventListener('abort', () => made.endSoon(), { once: true })
  await made.prepare()
  port.postMessage({ kind: 'prepared' })
  const end = await made.run(await started, stop, (window) =>
    port.postMessage({ kind: 'window', ...window }),
  )
  port.postMessage({ kind: 'ended', ...end })
}

/** @returns when to start; at once when it is to stop, which it is told then too */
function startOf(port: MessagePort, stop: AbortController, soon: AbortController): Promise<number> {
  return new Promise((resolve) => {
    port.on('message', (order: ThreadOrder) => {
      if (order.kind === 'stop') stop.abort()
      if (order.kind === 'stop' && order.soon === true) soon.abort()
      resolve(order.kind === 'stop' ? 0 : order.atMs)
    })
  })
}
