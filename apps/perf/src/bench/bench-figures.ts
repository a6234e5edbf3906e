import type { ClientEnd, ClientWindow } from '../agent/messages.ts'
import { Latencies } from '../measure/latencies.ts'
import { perSecond } from '../measure/per-second.ts'
import { type Figures, Tally } from '../measure/tally.ts'

/** A client of a bench, and what it came to. */
export interface ClientFigures {
  readonly host: string
  readonly client: number
  readonly topic: string
  readonly figures: Figures
  /** Of a consumer, until it had partitions. */
  readonly joiningMs: number
  readonly problem: string | undefined
}

/** Less than that is between two reports which a client sends one after the other. */
const TOGETHER_MS = 200

type Counts = Pick<Figures, 'records' | 'bytes'>

interface Told extends Counts {
  readonly elapsedMs: number
  readonly atMs: number
}

/** All clients of a host. */
export interface HostFigures {
  readonly host: string
  readonly clients: number
  readonly figures: Figures
  /** Why nothing came from it any more; undefined where all has ended as it should. */
  readonly lost: string | undefined
}

/** A client, by the clock of who leads the bench. */
class Client {
  readonly host: string
  readonly tally = new Tally(0)
  beganMs: number | undefined
  /** The last that is known of it. */
  heardMs: number | undefined
  hasEnded = false
  isLost = false
  joiningMs = 0
  problem: string | undefined
  /** What it told of last, which took so long. */
  last: Told | undefined

  constructor(host: string) {
    this.host = host
  }

  /** @param beganMs since when, if it told of nothing before */
  told({ records, bytes }: Counts, atMs: number, beganMs: number): void {
    const elapsedMs = atMs - (this.last?.atMs ?? beganMs)
    // what was held up on its way comes together with what follows
    const isTogether = this.last !== undefined && elapsedMs < TOGETHER_MS
    const before = isTogether ? this.last : undefined
    this.last = {
      ...{ records: records + (before?.records ?? 0), bytes: bytes + (before?.bytes ?? 0) },
      ...{ atMs, elapsedMs: elapsedMs + (before?.elapsedMs ?? 0) },
    }
  }
}

/** Adds up what the clients of a bench tell. Times are milliseconds of one clock. */
export class BenchFigures {
  readonly #topicPrefix: string
  readonly #clients: readonly Client[]
  readonly #window: Tally
  readonly #beganMs: number

  /** @param hosts of each client, by its index */
  constructor(topicPrefix: string, hosts: readonly string[], beganMs: number) {
    this.#topicPrefix = topicPrefix
    this.#clients = hosts.map((host) => new Client(host))
    this.#window = new Tally(beganMs)
    this.#beganMs = beganMs
  }

  /**
   * @param nowMs for a window that does not say when it was
   * @throws {RangeError} when there is no such client. @throws {Error} when it is no histogram
   */
  window(window: ClientWindow, nowMs: number): void {
    const { client, records, bytes, failed, latencies, beganMs, atMs = nowMs } = window
    const more = { records, bytes, failed }
    const timed = latencies === undefined ? undefined : Latencies.decode(latencies)
    const one = this.#of(client)
    one.tally.add(more, timed)
    one.told(more, atMs, this.#beganMs)
    one.beganMs ??= beganMs
    one.heardMs = atMs
    this.#window.add(more, timed)
  }

  /** @throws {RangeError} when there is no such client */
  ended({ client, beganMs, endedMs, joiningMs, problem }: ClientEnd): void {
    const one = this.#of(client)
    if (one.hasEnded) return
    one.hasEnded = true
    one.beganMs = beganMs
    one.heardMs = endedMs
    one.joiningMs = joiningMs
    one.problem = problem
  }

  /** Those of a host, or all, which have not ended: they did when they were heard of last. */
  lost(what: { readonly host?: string; readonly problem: string }): void {
    for (const client of this.#clients) {
      if (client.hasEnded || client.host !== (what.host ?? client.host)) continue
      client.hasEnded = true
      client.isLost = true
      client.problem = what.problem
    }
  }

  get haveAllEnded(): boolean {
    return this.#clients.every(({ hasEnded }) => hasEnded)
  }

  /** Of all, since it was asked last. */
  takeWindow(atMs: number): Figures {
    return this.#window.take(atMs)
  }

  /** Of those who go on, by what each told of last; slower by then where one tells no more. */
  ratesAt(atMs: number): { readonly recordsPerSecond: number; readonly bytesPerSecond: number } {
    let [recordsPerSecond, bytesPerSecond] = [0, 0]
    for (const { last, hasEnded } of this.#clients) {
      if (last === undefined || hasEnded) continue
      const elapsedMs = Math.max(last.elapsedMs, atMs - last.atMs)
      recordsPerSecond += perSecond(last.records, elapsedMs)
      bytesPerSecond += perSecond(last.bytes, elapsedMs)
    }
    return { recordsPerSecond, bytesPerSecond }
  }

  /** So far. */
  get records(): number {
    return this.#clients.reduce((sum, { tally }) => sum + tally.records, 0)
  }

  get clients(): readonly ClientFigures[] {
    return this.#clients.map((one, client) => ({
      ...{ host: one.host, client, topic: `${this.#topicPrefix}-${client}` },
      ...{ figures: figuresOf([one]), joiningMs: one.joiningMs, problem: one.problem },
    }))
  }

  get hosts(): readonly HostFigures[] {
    return [...Map.groupBy(this.#clients, ({ host }) => host)].map(([host, clients]) => {
      const lost = clients.find(({ isLost }) => isLost)?.problem
      return { host, clients: clients.length, figures: figuresOf(clients), lost }
    })
  }

  get total(): Figures {
    return figuresOf(this.#clients)
  }

  #of(client: number): Client {
    const one = this.#clients[client]
    if (one === undefined) throw new RangeError(`there is no client ${client}`)
    return one
  }
}

/** Of clients together, from when the first began until the last has ended, or was lost. */
function figuresOf(clients: readonly Client[]): Figures {
  const sum = new Tally(0)
  for (const { tally } of clients) {
    const figures = tally.figures(0)
    sum.add(figures, figures.latencies)
  }
  const beganMs = Math.min(...clients.map((one) => one.beganMs ?? Infinity))
  const endedMs = Math.max(...clients.map((one) => one.heardMs ?? 0))
  return { ...sum.figures(0), elapsedMs: Math.max(0, endedMs - beganMs) }
}
