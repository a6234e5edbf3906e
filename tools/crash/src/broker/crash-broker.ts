import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SOURCE_MAIN = fileURLToPath(new URL('../../../../apps/broker/src/main.ts', import.meta.url))
const BUILT_MAIN = fileURLToPath(new URL('../../../../apps/broker/dist/main.js', import.meta.url))
const LISTENING = /listening on (\S+):(\d+)/
const START_LIMIT_MS = 60_000
/** How much of the end of its log is kept for whoever looks for the cause of a finding. */
const LOG_TAIL_CHARACTERS = 16_384

export interface BrokerSpec {
  /** Its file to run; a `.ts` file is run with siblings as sources. */
  readonly main: string
  readonly dataDir: string
  /** `key=value` each. */
  readonly overrides: readonly string[]
  /** Handed over as they are, after the overrides. */
  readonly args: readonly string[]
}

/** The broker of this checkout, as source or as it was last built. */
export function ownMain(built: boolean): string {
  return built ? BUILT_MAIN : SOURCE_MAIN
}

interface Address {
  readonly host: string
  readonly port: number
}

/** One life of the real broker, as a process of its own on a free port. */
export class CrashBroker {
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  readonly #listening = Promise.withResolvers<Address>()
  #log = ''
  #isOurs = false

  constructor({ main, dataDir, overrides, args }: BrokerSpec) {
    const settings = ['listeners=PLAINTEXT://127.0.0.1:0', `log.dirs=${dataDir}`, ...overrides]
    const conditions = main.endsWith('.ts') ? ['--conditions=@pafka/source'] : []
    const otherVariables = Object.entries(process.env).filter(
      ([name]) => !name.startsWith('PAFKA_'),
    )
    this.#child = spawn(
      process.execPath,
      [...conditions, main, ...settings.flatMap((text) => ['--override', text]), ...args],
      { env: Object.fromEntries(otherVariables), stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#closed = once(this.#child, 'close')
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#said(text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#said(text))
    this.#child.once('close', () => this.#listening.reject(new Error('the broker ended')))
    this.#listening.promise.catch(() => {}) // whoever waits for it hears of it
  }

  /** The end of what it printed and logged. */
  get logTail(): string {
    return this.#log
  }

  /** True when it ended and nobody here had ended it. */
  get died(): boolean {
    const { exitCode, signalCode } = this.#child
    return !this.#isOurs && (exitCode !== null || signalCode !== null)
  }

  /** Resolves when it says where it listens. @throws when it ends, or takes too long. */
  async listening(): Promise<Address> {
    const late = (): void => this.#listening.reject(new Error('the broker does not listen'))
    const limit = setTimeout(late, START_LIMIT_MS)
    try {
      return await this.#listening.promise
    } finally {
      clearTimeout(limit)
    }
  }

  /** Ends it as asked, and waits until it has ended. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (!this.died) this.#isOurs = true
    this.#child.kill(signal)
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), START_LIMIT_MS)
    await this.#closed
    clearTimeout(impatience)
  }

  #said(text: string): void {
    this.#log = (this.#log + text).slice(-LOG_TAIL_CHARACTERS)
    const address = LISTENING.exec(this.#log)
    if (address === null) return
    this.#listening.resolve({ host: address[1] ?? '', port: Number(address[2]) })
  }
}
