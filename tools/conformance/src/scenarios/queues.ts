import { runDriver } from '../driver.ts'
import type { Scenario } from './scenario.ts'

const RECORDS = 3000
const PARTITIONS = 2

interface QueueReport {
  readonly produced: number
  readonly acknowledged: number
  /** Records that were acknowledged, each once. */
  readonly once: number
  readonly lags: readonly string[]
}

/** Three members of a share group: each record is acknowledged by one of them, and none is left. */
export const queues: Scenario = {
  async run(arena, installed) {
    const topic = await arena.createTopic(installed.client, 'queues', PARTITIONS)
    const group = arena.name(installed.client, 'queues')
    const { bootstrap } = arena
    const printed = await runDriver(installed, 'queues', {
      bootstrap,
      topic,
      group,
      count: RECORDS,
    })
    const report = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as QueueReport
    const { produced, acknowledged, once, lags } = report
    const isAll = [produced, acknowledged, once].every((count) => count === RECORDS)
    if (isAll && lags.join(' ') === '0 0') return
    throw new Error(`wanted ${RECORDS}: ${JSON.stringify(report)}`)
  },
}
