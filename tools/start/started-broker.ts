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
  /**
   * True: signals go to all processes that the command started, as a terminal's Ctrl+C and a
   * service manager's stop do. npx hands a signal of its own to nobody.
   */
  readonly wholeGroup?: boolean
}

interface Started {
  readonly child: ChildProcess
  readonly wholeGroup: boolean
  readonly output: () => string
}

/** A broker started by a command line, as a person does it; standard input is closed. */
export class StartedBroker {
  readonly host: string
  readonly port: number
  readonly #child: ChildProcess
  readonly #output: () => string
  readonly #wholeGroup: boolean

  private constructor(started: Started, address: RegExpExecArray) {
    this.#child = started.child
    this.#output = started.output
    this.#wholeGroup = started.wholeGroup
    this.host = address[1] ?? ''
    this.port = Number(address[2])
  }

  /** @throws with everything it printed when it ends, or takes too long, before it listens. */
  static async start(command: readonly string[], options: StartOptions): Promise<StartedBroker> {
    const [program = '', ...args] = command
    const env = { ...process.env, ...options.env }
    const { cwd, wholeGroup = false } = options
    const child = spawn(program, args, {
      cwd,
      env,
      detached: wholeGroup,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
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
      return new StartedBroker({ child, wholeGroup, output: () => output }, await listening.promise)
    } catch (error) {
      signalTo(child, wholeGroup, 'SIGKILL')
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

  /** Asks it to stop, and waits. @throws when it has not stopped in time; then it is killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    const closed = once(this.#child, 'close', { signal: AbortSignal.timeout(STOP_LIMIT_MS) })
    signalTo(this.#child, this.#wholeGroup, signal)
    try {
      await closed
    } catch (cause) {
      signalTo(this.#child, this.#wholeGroup, 'SIGKILL')
      throw new Error(`the broker does not stop\n${this.output}`, { cause })
    }
    return { code: this.#child.exitCode, signal: this.#child.signalCode }
  }
}

function signalTo(child: ChildProcess, wholeGroup: boolean, signal: NodeJS.Signals): void {
  if (wholeGroup && child.pid !== undefined) process.kill(-child.pid, signal)
  else child.kill(signal)
}
