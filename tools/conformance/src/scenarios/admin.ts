import { runDriver } from '../driver.ts'
import type { Scenario } from './scenario.ts'

interface AdminReport {
  readonly partitions: number
  /** Absent when the client cannot ask for configs. */
  readonly retentionMs?: string
  readonly configs?: number
}

/** A topic created with a config, described, its config described, deleted. */
export const admin: Scenario = {
  async run(arena, installed) {
    const topic = arena.name(installed.client, 'admin')
    const printed = await runDriver(installed, 'admin', { bootstrap: arena.bootstrap, topic })
    const report = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as AdminReport
    const { partitions, retentionMs = '3600000', configs = 20 } = report
    if (partitions !== 3 || retentionMs !== '3600000' || configs < 20) {
      throw new Error(`asked for 3 partitions and retention.ms=3600000, came ${printed}`)
    }
    await arena.referee.expectDeleted(topic)
  },
}
