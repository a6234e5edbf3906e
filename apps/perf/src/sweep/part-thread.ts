import { on } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'

import { ConfigError, messageOf } from '@pafka/base'

import type { PartOrder, PartReport } from './part-messages.ts'
import { LocalPart, type PartTask } from './point-part.ts'

/**
 * A part of a point, in the thread that this is called in.
 * @throws {ConfigError} where it is no such thread
 */
export async function partThread(): Promise<void> {
  const port = parentPort
  if (port === null) throw new ConfigError(['this is for the threads of a sweep'])
  const stop = new AbortController()
  const orders = on(port, 'message') as AsyncIterable<[PartOrder]>
  // that one is for who is at work
  port.on('message', ({ kind }: PartOrder) => kind === 'stop' && stop.abort())
  const tell = (report: PartReport): void => port.postMessage(report)
  try {
    await using part = new LocalPart(workerData as PartTask, stop.signal)
    await part.prepare()
    tell({ kind: 'prepared' })
    for await (const [order] of orders) {
      if (order.kind === 'end') break
      if (order.kind !== 'stop') tell(await done(part, order))
    }
  } catch (error) {
    tell({ kind: 'failed', problem: messageOf(error) })
  } finally {
    port.unref() // nobody orders anything any more
  }
}

type Work = PartOrder & { readonly kind: 'send' | 'read' }

async function done(part: LocalPart, order: Work): Promise<PartReport> {
  if (order.kind === 'read') {
    const { latencies, busyShare } = await part.read(order.recordsOf)
    return { kind: 'read', busyShare, latencies: latencies.encode() }
  }
  const { latencies, ...figures } = await part.send(order.startMs)
  return { kind: 'sent', figures, latencies: latencies.encode() }
}
