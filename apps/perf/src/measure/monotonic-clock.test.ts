import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import { expect, test } from 'vitest'

/** What a thread has between its clock and the system's, at the least of many readings. */
const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads')
  import(workerData).then(({ monotonicMs, ofThisThread }) => {
    let least = Infinity
    for (let reading = 0; reading < 200; reading++) {
      const ofSystem = Number(process.hrtime.bigint()) / 1e6
      const apart = Math.abs(monotonicMs() - ofSystem)
      least = Math.min(least, apart)
    }
    const before = performance.now()
    const here = ofThisThread(monotonicMs())
    const isHere = here > before - 0.001 && here < performance.now() + 0.001
    parentPort.postMessage({ least, isHere })
  })
`

test('threads that begin all at once have one clock', async () => {
  const workerData = new URL('monotonic-clock.ts', import.meta.url).href
  const threads = Array.from({ length: 12 }, () => new Worker(THREAD, { eval: true, workerData }))
  const told = await Promise.all(
    threads.map(async (thread) => {
      const [message] = (await once(thread, 'message')) as [{ least: number; isHere: boolean }]
      return message
    }),
  )
  const apart = told.map(({ least }) => least)
  expect(Math.max(...apart)).toBeLessThan(0.02)
  expect(told.every(({ isHere }) => isHere)).toBe(true)
})
