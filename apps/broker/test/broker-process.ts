import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const START_MS = 20_000

/**
 * A broker in a process of its own, as `main` starts it: from source, or what TEST_BROKER_MAIN
 * names.
 */
export class BrokerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  #output = ''
  bootstrap = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    }
  }

  /** Starts on a free port. @param overrides `key=value`, each; should say where data lies. */
  static async start(...overrides: string[]): Promise<BrokerProcess> {
    const broker = BrokerProcess.spawn('listeners=PLAINTEXT://127.0.0.1:0', ...overrides)
    const deadline = Date.now() + START_MS
    while (!broker.#output.includes('ready after')) {
      if (broker.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the broker did not start:\n${broker.output}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    broker.bootstrap = /listening on (\S+?)(,|\s)/.exec(broker.output)?.[1] ?? ''
    return broker
  }

  /** Starts without waiting for anything. */
  static spawn(...overrides: string[]): BrokerProcess {
    const flags = overrides.flatMap((override) => ['--override', override])
    const built = process.env['TEST_BROKER_MAIN']
    const fromSource = ['--conditions=@pafka/source', '--disable-warning=ExperimentalWarning', MAIN]
    const args = built === undefined ? fromSource : [built]
    const stdio = ['ignore', 'pipe', 'pipe'] as const
    return new BrokerProcess(spawn(process.execPath, [...args, ...flags], { stdio: [...stdio] }))
  }

  /** Everything it printed, on both streams. */
  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** @returns the exit code once it ended; null when a signal ended it. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'close')
    }
    return this.#child.exitCode
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal)
    return this.ended()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL')
  }
}
