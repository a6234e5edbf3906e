import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

import { messageOf, PafkaError, SECOND_MS } from '@pafka/base'

import { messageLine, messagesOf } from '../agent/message-lines.ts'
import { type AgentOrder, type AgentReport, nowMs } from '../agent/messages.ts'
import type { BenchHost } from './hosts.ts'

export type Hello = AgentReport & { readonly kind: 'hello' }

/** What is told of a host that is at work. */
export interface HostWatch {
  report(report: AgentReport & { readonly kind: 'window' | 'ended' }): void
  /** Nothing comes from it any more, though nobody ended it. */
  lost(problem: string): void
}

const REPORTS = ['hello', 'clock', 'prepared', 'window', 'ended'] as const
const HELLO_MS = 30 * SECOND_MS
const CLOCK_MS = 10 * SECOND_MS
/** Until who was told that it is over is ended. */
const END_MS = 2 * SECOND_MS
/** Questions for the time; the quickest answer is off by the least. */
const CLOCK_TRIES = 9
const MOST_STRAY = 20

/** A host that is not there, or does not do as it should. */
export class HostError extends PafkaError {
  constructor(message: string) {
    super('HOST_ERROR', message)
  }
}

/** A connection to the agent of a host, which lives no longer than it. */
export class AgentLink implements AsyncDisposable {
  readonly host: BenchHost
  readonly #child: ChildProcessWithoutNullStreams
  readonly #print: (line: string) => void
  readonly #read: Promise<void>
  /** Who waits for the next report of a kind. */
  readonly #waiting = new Map<AgentReport['kind'], PromiseWithResolvers<AgentReport>>()
  #watch: HostWatch | undefined
  #problem: string | undefined
  #isEnding = false
  #aheadMs = 0
  #strayLines = 0

  /** @param print what the agent, or who connects to it, says besides */
  constructor(host: BenchHost, print: (line: string) => void) {
    this.host = host
    this.#print = print
    const [program = '', ...args] = host.command
    this.#child = spawn(program, args, { stdio: 'pipe', windowsHide: true })
    this.#child.stdin.on('error', () => {}) // its end says why
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.#printed(text))
    this.#child.once('error', (error) => this.#end(error.message))
    this.#child.once('close', (code, signal) => {
      this.#end(`it ended: ${signal ?? `exit code ${code}`}`)
    })
    this.#read = this.#readAll()
  }

  /**
   * Finds out who it is, and what its clock says.
   * @throws {HostError} when it does not answer
   */
  async open(): Promise<Hello> {
    const hello = (await this.#next('hello', HELLO_MS)) as Hello
    let bestMs = Infinity
    for (let tried = 0; tried < CLOCK_TRIES; tried++) {
      const askedMs = nowMs()
      const answer = this.#next('clock', CLOCK_MS)
      this.order({ kind: 'clock' })
      // oxlint-disable-next-line no-await-in-loop -- one question after the other
      const told = await answer
      const tookMs = nowMs() - askedMs
      if (tookMs >= bestMs || told.kind !== 'clock') continue
      bestMs = tookMs
      this.#aheadMs = told.atMs - (askedMs + tookMs / 2)
    }
    return hello
  }

  /** By how much its clock is ahead of this machine's. */
  get aheadMs(): number {
    return this.#aheadMs
  }

  order(order: AgentOrder): void {
    if (this.#problem === undefined) this.#child.stdin.write(messageLine(order))
  }

  /** Orders it, and waits until all its clients are ready. @throws {HostError} */
  async prepare(order: AgentOrder & { kind: 'prepare' }, timeoutMs: number): Promise<void> {
    const prepared = this.#next('prepared', timeoutMs)
    this.order(order)
    await prepared
  }

  /** @param atMs by the clock of this machine */
  start(atMs: number, watch: HostWatch): void {
    this.#watch = watch
    this.order({ kind: 'start', atMs: atMs + this.#aheadMs })
    if (this.#problem !== undefined) watch.lost(this.#problem)
  }

  /** @returns a time of its clock by the clock of this machine */
  here(theirMs: number): number {
    return theirMs - this.#aheadMs
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true
    this.#child.stdin.end()
    const end = (): void => {
      this.#child.kill('SIGKILL')
      this.#child.stdout.destroy() // what it started may have it open, too
    }
    const timer = setTimeout(end, END_MS)
    await this.#read.finally(() => clearTimeout(timer))
  }

  #next(kind: AgentReport['kind'], timeoutMs: number): Promise<AgentReport> {
    const waiting = Promise.withResolvers<AgentReport>()
    if (this.#problem !== undefined) waiting.reject(this.#failure(this.#problem))
    const timer = setTimeout(() => {
      waiting.reject(this.#failure(`no "${kind}" for ${timeoutMs / SECOND_MS} s`))
    }, timeoutMs)
    this.#waiting.set(kind, waiting)
    return waiting.promise.finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(kind)
    })
  }

  async #readAll(): Promise<void> {
    try {
      const stray = (line: string): void => this.#printed(line)
      const reports = messagesOf<AgentReport>(this.#child.stdout, REPORTS, stray)
      for await (const report of reports) this.#told(report)
    } catch (error) {
      this.#end(messageOf(error))
      this.#child.kill()
    }
  }

  #told(report: AgentReport): void {
    const waiting = this.#waiting.get(report.kind)
    if (waiting !== undefined) waiting.resolve(report)
    else if (report.kind === 'window' || report.kind === 'ended') {
      if (this.#watch !== undefined) this.#watch.report(report)
      else if (report.kind === 'ended') this.#fail(report.problem ?? 'a client ended too early')
    }
  }

  #end(problem: string): void {
    if (this.#isEnding || this.#problem !== undefined) return
    this.#problem = problem
    this.#fail(problem)
    this.#watch?.lost(problem)
  }

  #fail(problem: string): void {
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure(problem))
  }

  #failure(problem: string): HostError {
    return new HostError(`${this.host.name}: ${problem}`)
  }

  #printed(text: string): void {
    for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
      if (this.#strayLines++ < MOST_STRAY) this.#print(`${this.host.name}: ${line.trimEnd()}\n`)
    }
  }
}
