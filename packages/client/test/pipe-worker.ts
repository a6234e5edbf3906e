import { workerData } from 'node:worker_threads'

import { Kafka } from '../src/index.ts'

// A member of a pipe that may be killed at any moment.

const { bootstrap, protocol } = workerData as {
  readonly bootstrap: string
  readonly protocol: 'classic' | 'consumer'
}

const session = protocol === 'classic' ? { sessionTimeoutMs: 1000 } : {}

await new Kafka(bootstrap).pipe(
  {
    ...{ group: 'g', from: 'in', to: 'out', commitIntervalMs: 20 },
    consumer: { protocol, ...session },
    producer: { transactionTimeoutMs: 1000 },
  },
  async ({ key, value }, emit) => {
    if (Math.random() < 0.1) await new Promise(setImmediate)
    emit({ key, value })
  },
)
