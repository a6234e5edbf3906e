import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { expect, test } from 'vitest'

const BENCH = join(import.meta.dirname, 'bench.ts')
const SMOKE = '--rounds 1 --seconds 0.2 --records 5000 --rate 2000 --only pafka kafkajs'

test('each workload has a figure for each client', () => {
  const args = ['--conditions=@pafka/source', '--disable-warning=ExperimentalWarning', BENCH]
  const { stdout, stderr } = spawnSync(process.execPath, [...args, ...SMOKE.split(' ')], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  const rows = stdout.trim().split('\n').slice(2)
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()))
  // kafkajs has no way without a promise for each call
  const rates = cells.map(([, workload, client, rate]) => [workload, client, Number(rate) > 0])
  const workloads = ['send', 'batches', 'enqueue', 'awaited', 'paced', 'senders']
  const expected = [...workloads, 'consume-each', 'consume-batches'].flatMap((workload) => [
    [workload, '@pafka/client', true],
    [workload, 'kafkajs', workload !== 'enqueue'],
  ])
  expect(rates).toEqual(expected)
})
