import { parentPort, workerData } from 'node:worker_threads'

import { Kafka } from '../src/index.ts'

// A program that has nothing to do but to wait for records.

const { bootstrap } = workerData as { readonly bootstrap: string }
const kafka = new Kafka(bootstrap)
for await (const { value } of kafka.consumer('g', 't')) {
  const text = Buffer.from(value ?? []).toString()
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
  parentPort?.postMessage(text)
  if (text === 'last') break
}
await kafka.close()
