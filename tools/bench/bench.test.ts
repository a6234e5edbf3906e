import { existsSync } from 'node:fs'

import { temporaryFolder } from '@pafka/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { benchFiles, loadBenches } from './benches.ts'
import { measure } from './measure.ts'

// a worker of the test runner ends without the exit at which benches remove what they made
let folders: readonly (AsyncDisposable & { readonly path: string })[] = []

beforeAll(async () => {
  const disk = await temporaryFolder()
  process.env['TMPDIR'] = disk.path
  folders = [disk]
  if (!existsSync('/dev/shm')) return
  const memory = await temporaryFolder('/dev/shm')
  process.env['PAFKA_BENCH_MEMORY'] = memory.path
  folders = [disk, memory]
})

afterAll(async () => {
  for (const folder of folders) await folder[Symbol.asyncDispose]()
})

test.for([...benchFiles()])('%s runs at its smallest', async (file) => {
  const benches = await loadBenches(file)
  expect(benches.length).toBeGreaterThan(0)
  for (const bench of benches) await bench.run(1)
})

test('a measurement divides by the number of operations', async () => {
  const asked: number[] = []
  const run = (times: number): Promise<void> => {
    asked.push(times)
    return new Promise((resolve) => setTimeout(resolve, times))
  }
  const { medianNs, spread } = await measure(
    { name: 'one millisecond', run },
    { rounds: 3, roundMs: 8 },
  )
  expect(asked.slice(-3)).toEqual([asked.at(-1), asked.at(-1), asked.at(-1)])
  expect(medianNs).toBeGreaterThan(0.5e6)
  expect(spread).toBeGreaterThanOrEqual(1)
})

test('a file without benches is refused', async () => {
  await expect(loadBenches('tools/bench/measure.ts')).rejects.toThrow('does not export benches')
})
