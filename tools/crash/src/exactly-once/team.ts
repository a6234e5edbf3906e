import type { InstalledClient } from '@pafka/conformance'

import { ProcessLoop } from './process-loop.ts'

export const PARTITIONS = 4
const SESSION_MS = 3000

/** Copiers of one client that share a group: they copy one topic into another. */
export class Team {
  readonly source: string
  readonly target: string
  readonly group: string
  readonly size: number
  readonly #client: InstalledClient
  #copiers: readonly ProcessLoop[] = []
  /** Of transactions, as far as those who committed them lived to tell. */
  told = 0

  /** A group of kafkajs has one member: it does not tell the broker of which generation it is. */
  constructor(client: InstalledClient) {
    const { name } = client.client
    this.#client = client
    this.size = name === 'kafkajs' ? 1 : 2
    this.source = `${name}-source`
    this.target = `${name}-target`
    this.group = `${name}-copiers`
  }

  get name(): string {
    return this.#client.client.name
  }

  get copierNames(): string[] {
    return Array.from({ length: this.size }, (_, number) => `${this.name}-${number}`)
  }

  get lives(): number {
    return this.#copiers.reduce((sum, { lives }) => sum + lives, 0)
  }

  get failures(): number {
    return this.#copiers.reduce((sum, { failures }) => sum + failures, 0)
  }

  get lastWords(): string {
    return this.#copiers.map(({ lastWords }) => lastWords).join('\n')
  }

  start(bootstrap: string): void {
    const { command, env } = this.#client
    this.#copiers = this.copierNames.map((name) => {
      const options = {
        bootstrap,
        topic: this.source,
        target: this.target,
        group: this.group,
        'transactional-id': name,
        'session-ms': SESSION_MS,
      }
      const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)])
      const said = (line: string): void => {
        if (line.startsWith('committed')) this.told += 1
      }
      return new ProcessLoop({ name, command: () => [...command, 'copy', ...args], env, said })
    })
  }

  kill(names: readonly string[]): number {
    const victims = this.#copiers.filter(({ name }) => names.includes(name))
    for (const copier of victims) copier.kill()
    return victims.length
  }

  async stop(): Promise<void> {
    await Promise.all(this.#copiers.map((copier) => copier.stop()))
  }
}
