import { ProcessLoop } from './process-loop.ts'
import type { Source } from './feeder.ts'

const MAIN = 'org.apache.kafka.tools.VerifiableProducer'
const RECORDS_PER_SECOND = 150
const KEYS = 10

interface Line {
  readonly name?: string
  readonly value?: string
}

interface VerifiableFeederOptions {
  /** Arguments of `java` up to its main class. */
  readonly java: readonly string[]
  readonly bootstrap: string
  readonly topic: string
}

/** Kafka's VerifiableProducer, which tells what was acknowledged; it does not try again. */
export class VerifiableFeeder implements Source {
  readonly acked: Set<string> = new Set()
  readonly #loop: ProcessLoop

  constructor({ java, bootstrap, topic }: VerifiableFeederOptions) {
    const options = {
      'bootstrap-server': bootstrap,
      topic,
      throughput: RECORDS_PER_SECOND,
      'repeating-keys': KEYS,
      acks: -1,
    }
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
    this.#loop = new ProcessLoop({
      name: 'VerifiableProducer',
      command: (life) => ['java', ...java, MAIN, ...args, '--value-prefix', String(life)],
      env: {},
      said: (line) => this.#hear(line),
    })
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  #hear(line: string): void {
    if (!line.startsWith('{')) return
    const { name, value } = JSON.parse(line) as Line
    if (name === 'producer_send_success' && value !== undefined) this.acked.add(value)
  }
}
