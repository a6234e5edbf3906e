import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

import type { InstalledClient } from './installed-client.ts'
import { readSeen, type SeenRecord } from './record.ts'

const VERB_TIMEOUT_MS = 60_000
const LEAVE_TIMEOUT_MS = 30_000
const LAST_WORDS = 15

export type DriverOptions = Readonly<Record<string, string | number | true | undefined>>

/** A driver that ended with an error, or not in time; the message holds its last words. */
export class DriverFailed extends Error {
  override name = 'DriverFailed'
}

/**
 * One process of a client's driver. The standard input stays open: closing it is the word to
 * leave.
 */
export class Driver {
  readonly name: string
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #ended: Promise<void>
  readonly #words: string[] = []
  #stdout = ''
  #stderr = ''

  constructor({ client, command, env }: InstalledClient, verb: string, options: DriverOptions) {
    this.name = `${client.name} ${verb}`
    const [program = '', ...first] = command
    const args = Object.entries(options).flatMap(([name, value]) => {
      if (value === undefined) return []
      return value === true ? [`--${name}`] : [`--${name}`, String(value)]
    })
    this.#child = spawn(program, [...first, verb, ...args], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true, // a group of its own, so that a tool that it started ends with it
    })
    this.#child.stdin.on('error', () => {}) // it may be gone before its input ends
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.#listen(text))
    this.#ended = this.#end()
    this.#ended.catch(() => {}) // whoever waits for it is told
  }

  get stdout(): string {
    return this.#stdout
  }

  /** Waits for a driver that ends by itself. */
  finish(): Promise<void> {
    return this.#within(VERB_TIMEOUT_MS)
  }

  /** Asks a consumer to commit, leave its group and end. */
  leave(): Promise<void> {
    this.#child.stdin.end()
    return this.#within(LEAVE_TIMEOUT_MS)
  }

  kill(): void {
    const { pid, exitCode } = this.#child
    if (pid === undefined || exitCode !== null) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      this.#child.kill('SIGKILL')
    }
  }

  /** @throws when the driver has already ended with an error. */
  async check(): Promise<void> {
    await Promise.race([this.#ended, Promise.resolve()])
  }

  /** @returns what a consumer said last about the partitions that it owns. */
  get assigned(): readonly number[] | undefined {
    const lines = this.#stdout.split('\n').slice(0, -1)
    const last = lines.findLast((line) => line.startsWith('assigned'))
    return last?.split(' ').slice(1).filter(Boolean).map(Number)
  }

  #listen(text: string): void {
    const lines = (this.#stderr + text).split('\n')
    this.#stderr = lines.pop() ?? ''
    this.#words.push(...lines)
    this.#words.splice(0, this.#words.length - LAST_WORDS)
  }

  async #end(): Promise<void> {
    const [code, signal] = (await once(this.#child, 'close')) as [number | null, string | null]
    if (code === 0) return
    const words = [...this.#words, this.#stderr, this.#stdout.slice(-500)].join('\n').trim()
    throw new DriverFailed(`${this.name} ended with ${code ?? signal}:\n${words}`)
  }

  async #within(limitMs: number): Promise<void> {
    let late = false
    const timer = setTimeout(() => {
      late = true
      this.kill()
    }, limitMs)
    try {
      await this.#ended
    } catch (error) {
      const after = late ? `${this.name} was not done after ${limitMs} ms; ` : ''
      throw new DriverFailed(`${after}${(error as Error).message}`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Runs a verb to its end. @returns what it printed. */
export async function runDriver(
  installed: InstalledClient,
  verb: string,
  options: DriverOptions,
): Promise<string> {
  const driver = new Driver(installed, verb, options)
  await driver.finish()
  return driver.stdout
}

/** Consumes `count` records in a group and leaves it. @throws with what came, when not all did. */
export async function runConsumer(
  installed: InstalledClient,
  options: DriverOptions & { readonly output: string; readonly count: number },
): Promise<SeenRecord[]> {
  try {
    await runDriver(installed, 'consume', options)
  } catch (error) {
    const came = readSeen(options.output).length
    const message = `${came} of ${options.count} records came; ${(error as Error).message}`
    throw new DriverFailed(message, { cause: error })
  }
  return readSeen(options.output)
}
