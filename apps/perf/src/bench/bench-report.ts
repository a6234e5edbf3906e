import { MIB } from '@pafka/base'
import type { CommandContext } from '@pafka/command'

import { nowMs } from '../agent/messages.ts'
import { type Figures, rateOf } from '../measure/tally.ts'
import { percentilesLine, readLine, totalLine, windowLine } from '../print/java-lines.ts'
import { jsonLine } from '../print/json-lines.ts'
import { liveLine, progressOf, wipeLine } from '../print/live-line.ts'
import { writeResult } from '../print/result-file.ts'
import { isFirst, tableLines } from '../print/table.ts'
import { LIVE_MS, type Telling } from '../runs/meanwhile.ts'
import type { AgentLink, Hello } from './agent-link.ts'
import { benchCsv } from './bench-csv.ts'
import type { BenchFigures } from './bench-figures.ts'
import type { BenchTerms } from './bench-terms.ts'

const MOST_PROBLEMS = 10

/** Says what a bench comes to, now and then and at the end. */
export class BenchReport {
  readonly #terms: BenchTerms
  readonly #figures: BenchFigures
  readonly #context: CommandContext
  #toldLast: Figures | undefined

  constructor(terms: BenchTerms, figures: BenchFigures, context: CommandContext) {
    this.#terms = terms
    this.#figures = figures
    this.#context = context
  }

  /** Who takes part. */
  async begin(hosts: readonly (readonly [link: AgentLink, hello: Hello])[]): Promise<void> {
    const { isJson, threads } = this.#terms
    for (const [link, hello] of hosts) {
      const { version, node, host, processors } = hello
      const { name } = link.host
      const { aheadMs } = link
      const line = isJson
        ? `${JSON.stringify({ what: 'start', name, host, version, node, processors, aheadMs })}\n`
        : `${name}: ${threads} clients on ${host}, ${processors} processors, Node ${node}, ` +
          `clock ${aheadMs >= 0 ? '+' : ''}${aheadMs.toFixed(1)} ms\n`
      // oxlint-disable-next-line no-await-in-loop -- one line after the other
      await this.#context.write(line)
    }
  }

  get telling(): Telling {
    const { isJson, intervalMs } = this.#terms
    return this.#context.columns === undefined || isJson
      ? { everyMs: intervalMs, tell: () => this.#tellWindow() }
      : { everyMs: LIVE_MS, tell: () => this.#tellLive() }
  }

  /** @returns whether all is well. @throws {ConfigError} when the CSV file cannot be written */
  async end(): Promise<boolean> {
    const { isJson, csvPath } = this.#terms
    const { columns, write, writeError } = this.#context
    if (columns !== undefined && !isJson) await write(wipeLine())
    const { total, clients } = this.#figures
    await write(isJson ? this.#jsonLines() : this.#lines(total))
    const problems = clients.filter(({ problem }) => problem !== undefined)
    for (const { host, client, problem } of problems.slice(0, MOST_PROBLEMS)) {
      writeError(`client ${client} on ${host}: ${problem}\n`)
    }
    const more = problems.length - MOST_PROBLEMS
    if (more > 0) writeError(`and ${more} more\n`)
    if (total.failed > 0) writeError(`${total.failed} records failed\n`)
    if (csvPath !== undefined) writeResult('csv', csvPath, benchCsv(this.#figures))
    return problems.length === 0 && total.failed === 0
  }

  async #tellWindow(): Promise<void> {
    const window = this.#figures.takeWindow(nowMs())
    if (window.records === 0) return
    const { isJson, task } = this.#terms
    const line = task.type === 'producer' ? windowLine(window) : readLine(window)
    await this.#context.write(isJson ? jsonLine('window', window) : line)
  }

  async #tellLive(): Promise<void> {
    const { columns, write } = this.#context
    if (columns === undefined) return
    const window = this.#figures.takeWindow(nowMs())
    // clients tell of themselves less often than the line is written
    if (window.records > 0) this.#toldLast = window
    const ofRecords = Number(this.#terms.task.load.numRecords)
    const progress = progressOf(this.#toldLast ?? window, this.#figures.records, ofRecords)
    await write(liveLine({ ...progress, ...this.#figures.ratesAt(nowMs()) }, columns))
  }

  #lines(total: Figures): string {
    const isTimed = this.#terms.task.type === 'producer'
    const { hosts, clients } = this.#figures
    const lines = isTimed ? [totalLine(total), percentilesLine(total)] : [readLine(total)]
    const heads = ['host', 'clients', 'records', 'records/s', 'MB/s']
    if (isTimed) heads.push('mean ms', 'p50', 'p99', 'p99.9', 'max')
    const rows = hosts.map(({ host, clients: count, figures, lost }) => [
      lost === undefined ? host : `${host} (lost)`,
      ...[String(count), ...cellsOf(figures, isTimed)],
    ])
    const table = tableLines(heads, rows, isFirst).map((line) => `${line}\n`)
    const rates = clients.map(({ figures }) => rateOf(figures.records, figures))
    const [least, most] = [Math.min(...rates), Math.max(...rates)].map((rate) => rate.toFixed(1))
    const spread = clients.length > 1 ? [`clients: ${least} to ${most} records/sec each\n`] : []
    return [...lines, ...table, ...spread].join('')
  }

  #jsonLines(): string {
    const { clients, hosts, total } = this.#figures
    const about = this.#context.signal.aborted ? { interrupted: true } : undefined
    return [
      ...clients.map(({ figures, ...client }) => jsonLine('client', figures, client)),
      ...hosts.map(({ figures, ...host }) => jsonLine('host', figures, host)),
      jsonLine('total', total, about),
    ].join('')
  }
}

function cellsOf(figures: Figures, isTimed: boolean): string[] {
  const { records, bytes, latencies } = figures
  const rates = [
    ...[String(records), rateOf(records, figures).toFixed(1)],
    (rateOf(bytes, figures) / MIB).toFixed(2),
  ]
  if (!isTimed) return rates
  const percentiles = [50, 99, 99.9].map((percent) => latencies.percentileMs(percent))
  return [
    ...rates,
    ...[latencies.meanMs, ...percentiles, latencies.maxMs].map((ms) => ms.toFixed(2)),
  ]
}
