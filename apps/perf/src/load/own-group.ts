import { randomInt } from 'node:crypto'

import { SECOND_MS } from '@pafka/base'
import type { Kafka } from '@pafka/client'

/** A broker that is gone has no groups either. */
const DELETE_MS = 5 * SECOND_MS

/** A consumer group that nobody else has, and that goes with it: its members have left by then. */
export class OwnGroup implements AsyncDisposable {
  readonly #kafka: Kafka
  readonly id: string

  /** @param name what its id begins with */
  constructor(kafka: Kafka, name: string) {
    this.#kafka = kafka
    this.id = `${name}-${randomInt(2 ** 32)}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // one that is left is no failure of what was measured; without offsets it may be gone
    await this.#kafka
      .admin()
      .groups.delete(this.id, { signal: AbortSignal.timeout(DELETE_MS) })
      .catch(() => {})
  }
}
