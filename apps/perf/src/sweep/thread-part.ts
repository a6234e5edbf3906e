import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'

import { PafkaError, SECOND_MS } from '@pafka/base'

import { Latencies } from '../measure/latencies.ts'
import { programWorker } from '../threads/program-worker.ts'
import type { PartOrder, PartReport } from './part-messages.ts'
import type { PartFigures, PartReading, PartTask, PointPart } from './point-part.ts'

/** The name of the command that does `partThread`. */
export const PART_COMMAND = 'part'

const END_MS = 15 * SECOND_MS

/** A part that another thread does. */
export class ThreadPart implements PointPart {
  readonly #worker: Worker
  readonly #signal: AbortSignal
  readonly #ended: Promise<unknown>
  #report = Promise.withResolvers<PartReport>()

  /** @param signal of who wants it to end early */
  constructor(task: PartTask, signal: AbortSignal) {
    this.#signal = signal
    this.#worker = programWorker(PART_COMMAND, task)
    this.#ended = new Promise((resolve) => this.#worker.once('exit', resolve))
    const fail = (problem: string): void => this.#told({ kind: 'failed', problem })
    this.#worker.on('message', (report: PartReport) => this.#told(report))
    this.#worker.on('error', (error: Error) => fail(error.message))
    this.#worker.on('exit', () => fail('a thread of the load ended'))
    signal.addEventListener('abort', this.#stop)
  }

  async prepare(): Promise<void> {
    await this.#next('prepared')
  }

  async send(startMs: number): Promise<PartFigures> {
    this.#order({ kind: 'send', startMs })
    const { figures, latencies } = await this.#next('sent')
    return { ...figures, latencies: Latencies.decode(latencies) }
  }

  async read(recordsOf: readonly number[]): Promise<PartReading> {
    this.#order({ kind: 'read', recordsOf })
    const { busyShare, latencies } = await this.#next('read')
    return { busyShare, latencies: Latencies.decode(latencies) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#stop)
    this.#order({ kind: 'end' })
    const late = new AbortController()
    await Promise.race([this.#ended, sleep(END_MS, undefined, { signal: late.signal })])
    late.abort()
    await this.#worker.terminate()
  }

  readonly #stop = (): void => this.#order({ kind: 'stop' })

  #order(order: PartOrder): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- no window has it
    this.#worker.postMessage(order)
  }

  /** Each order has one answer. */
  #told(report: PartReport): void {
    this.#report.resolve(report)
  }

  async #next<K extends PartReport['kind']>(kind: K): Promise<PartReport & { readonly kind: K }> {
    const report = await this.#report.promise
    if (report.kind === kind) {
      this.#report = Promise.withResolvers()
      return report as PartReport & { readonly kind: K }
    }
    const problem = report.kind === 'failed' ? report.problem : `not ${kind} but ${report.kind}`
    throw new PafkaError('LOAD_THREAD', problem)
  }
}
