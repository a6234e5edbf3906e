import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const LISTENING = /listening on (\S+):(\d+)/
const START_LIMIT_MS = 180_000
const STOP_LIMIT_MS = 30_000

/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface StartOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/** A broker started by a command line, as a person does it; standard input is closed. */
export class StartedBroker {
  readonly host: string
  readonly port: number
  readonly #child: ChildProcess
  readonly #output: () => string

  private constructor(child: ChildProcess, output: () => string, address: RegExpExecArray) {
    this.#child = child
    this.#output = output
    this.host = address[1] ?? ''
    this.port = Number(address[2])
  }

  /** @throws with everything it printed when it ends, or takes too long, before it listens. */
  static async start(command: readonly string[], options: StartOptions): Promise<StartedBroker> {
    const [program = '', ...args] = command
    const env = { ...process.env, ...options.env }
    const child = spawn(program, args, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const listening = Promise.withResolvers<RegExpExecArray>()
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        const address = LISTENING.exec(output)
        if (address !== null) listening.resolve(address)
      })
    }
    const fail = (why: string): void => listening.reject(new Error(`${why}\n${output}`))
    const limit = setTimeout(() => fail('the broker does not listen'), START_LIMIT_MS)
    child.on('error', (error) => fail(String(error)))
    child.on('close', (code, signal) => fail(`the broker ended: ${code ?? signal}`))
    try {
      return new StartedBroker(child, () => output, await listening.promise)
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    } finally {
      clearTimeout(limit)
    }
  }

  /** `host:port` of its first listener. */
  get bootstrap(): string {
    return `${this.host}:${this.port}`
  }

  /** All that it printed so far. */
  get output(): string {
    return this.#output()
  }

  get processId(): number | undefined {
    return this.#child.pid
  }

  /** Asks it to stop, and waits. @throws when it has not stopped in time; then it is killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    const closed = once(this.#child, 'close', { signal: AbortSignal.timeout(STOP_LIMIT_MS) })
    this.#child.kill(signal)
    try {
      await closed
    } catch (cause) {
      this.#child.kill('SIGKILL')
      throw new Error(`the broker does not stop\n${this.output}`, { cause })
    }
    return { code: this.#child.exitCode, signal: this.#child.signalCode }
  }
}
