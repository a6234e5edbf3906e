import { type ChildProcess, spawn } from 'node:child_process'

/** After one life of a process its next begins. */
const RESTART_MS = 200
const LAST_WORDS = 4000

export interface ProcessLoopOptions {
  readonly name: string
  /** Of a life, counted from 0: the program, and its arguments. */
  readonly command: (life: number) => readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Told each whole line of its standard output. */
  readonly said: (line: string) => void
}

/** A process that is started again whenever it ends, until it is stopped. */
export class ProcessLoop {
  readonly name: string
  readonly #options: ProcessLoopOptions
  #child: ChildProcess | undefined
  #restart: NodeJS.Timeout | undefined
  #ended: Promise<void> = Promise.resolve()
  #words = ''
  #isStopped = false
  lives = 0
  /** By itself, with an error. */
  failures = 0

  constructor(options: ProcessLoopOptions) {
    this.name = options.name
    this.#options = options
    this.#start()
  }

  /** The end of what its lives wrote to standard error. */
  get lastWords(): string {
    return `${this.name}: ${this.#words}`
  }

  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#restart)
    this.kill()
    await this.#ended
  }

  #start(): void {
    const { command, env, said } = this.#options
    const [program = '', ...args] = command(this.lives++)
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#child = child
    let rest = ''
    child.stdin.on('error', () => {}) // it may be gone before its input ends
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) said(line)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#note(text))
    child.once('error', (error) => this.#note(String(error)))
    this.#ended = new Promise((resolve) => {
      child.once('close', (code) => {
        if (code !== null && code !== 0) this.failures += 1
        if (!this.#isStopped) this.#restart = setTimeout(() => this.#start(), RESTART_MS)
        resolve()
      })
    })
  }

  #note(text: string): void {
    this.#words = (this.#words + text).slice(-LAST_WORDS)
  }
}
