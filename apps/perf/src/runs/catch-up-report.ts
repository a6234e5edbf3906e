import type { KafkaError } from '@pafka/client'
import type { CommandContext } from '@pafka/command'

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
  #isCaughtUp = false

  constructor(isJson: boolean, context: CommandContext) {
    this.#isJson = isJson
    this.#context = context
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
    if (this.#phase !== 'backlog') this.#acknowledged += records
    this.#written.acknowledged(records, bytes, latencyMs)
  }

  failed(records: number, error: KafkaError): void {
    if (this.#failed === 0) this.#context.writeError(`${error.message}\n`)
    this.#failed += records
    this.#written.failed(records)
  }

  /** @param latencyMs from when the record was due */
  read(bytes: number, latencyMs: number): void {
    this.#read.acknowledged(1, bytes, latencyMs)
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
      this.#say('end to end', this.#read.figures(performance.now()), percentilesLine)
    } else if (this.#phase === 'meanwhile') {
      this.#say('not caught up', this.#read.figures(performance.now()), readLine)
    }
    await this.tell()
    if (this.#failed > 0) this.#context.writeError(`${this.#failed} records failed\n`)
  }

  #endPhase(): void {
    const written = this.#written.take(performance.now())
    if (this.#phase !== undefined) this.#say(this.#phase, written, totalLine)
  }

  #say(what: string, figures: Figures, line: (figures: Figures) => string): void {
    this.#lines += this.#isJson ? jsonLine(what, figures) : `${what}: ${line(figures)}`
  }
}
