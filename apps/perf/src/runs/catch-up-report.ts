import type { KafkaError } from '@pafka/client'
import type { CommandContext } from '@pafka/command'

import { isUnanswered } from '../load/last-answers.ts'
import type { ProduceWatch } from '../load/produce-load.ts'
import { type Figures, Tally } from '../measure/tally.ts'
import { percentilesLine, readLine, totalLine } from '../print/java-lines.ts'
import { jsonLine } from '../print/json-lines.ts'

/** What a producer does, one after the other. */
export type Phase = 'backlog' | 'before' | 'meanwhile' | 'after'

/** Adds up what is written and read, and says what each phase came to when it has ended. */
export class CatchUpReport implements ProduceWatch {
  readonly #isJson: boolean
  readonly #context: CommandContext
  /** Not said yet. */
  #lines = ''
  #phase: Phase | undefined
  readonly #written = new Tally(performance.now())
  /** Since it was begun to read. */
  #read = new Tally(performance.now())
  #acknowledged = 0
  #failed = 0
  #unanswered = 0
  #stoppedMs: number | undefined
  #isCaughtUp = false

  constructor(isJson: boolean, context: CommandContext) {
    this.#isJson = isJson
    this.#context = context
    context.signal.addEventListener('abort', () => this.stopped(), { once: true })
  }

  /** Records, but for those of the backlog. */
  get acknowledgedRecords(): number {
    return this.#acknowledged
  }

  get failedRecords(): number {
    return this.#failed
  }

  /** All was read that was there. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp
  }

  begin(phase: Phase): void {
    this.#endPhase()
    this.#phase = phase
    if (phase === 'meanwhile') this.#read = new Tally(performance.now())
  }

  acknowledged(records: number, bytes: number, latencyMs: number): void {
    if (this.#stoppedMs !== undefined) this.#stoppedMs = performance.now()
    if (this.#phase !== 'backlog') this.#acknowledged += records
    this.#written.acknowledged(records, bytes, latencyMs)
  }

  failed(records: number, error: KafkaError): void {
    if (isUnanswered(error, this.#context.signal)) {
      this.#unanswered += records
      return
    }
    if (this.#failed === 0) this.#context.writeError(`${error.message}\n`)
    this.#failed += records
    this.#written.failed(records)
  }

  /** @param latencyMs from when the record was due; undefined for one of the backlog */
  read(bytes: number, latencyMs: number | undefined): void {
    // until it is caught up they tell how long the backlog is, and no more
    if (latencyMs !== undefined && this.#isCaughtUp) this.#read.acknowledged(1, bytes, latencyMs)
    else this.#read.add({ records: 1, bytes, failed: 0 }, undefined)
  }

  /** Nothing is measured any more, but for what is on its way. */
  stopped(): void {
    this.#stoppedMs ??= performance.now()
  }

  caughtUp(): void {
    this.#isCaughtUp = true
    this.#say('caught up', this.#read.take(performance.now()), readLine)
    this.begin('after')
  }

  /** Says what there is to say. */
  async tell(): Promise<void> {
    const lines = this.#lines
    this.#lines = ''
    if (lines !== '') await this.#context.write(lines)
  }

  async end(): Promise<void> {
    this.#endPhase()
    if (this.#isCaughtUp) {
      this.#say('end to end', this.#read.figures(this.#nowMs()), percentilesLine)
    } else if (this.#phase === 'meanwhile') {
      this.#say('not caught up', this.#read.figures(this.#nowMs()), readLine)
    }
    await this.tell()
    const { writeError } = this.#context
    if (this.#failed > 0) writeError(`${this.#failed} records failed\n`)
    if (this.#unanswered > 0) writeError(`${this.#unanswered} records were not answered\n`)
  }

  #nowMs(): number {
    return this.#stoppedMs ?? performance.now()
  }

  #endPhase(): void {
    const written = this.#written.take(this.#nowMs())
    if (this.#phase !== undefined) this.#say(this.#phase, written, totalLine)
  }

  #say(what: string, figures: Figures, line: (figures: Figures) => string): void {
    const about = this.#context.signal.aborted ? { interrupted: true } : undefined
    this.#lines += this.#isJson ? jsonLine(what, figures, about) : `${what}: ${line(figures)}`
  }
}
