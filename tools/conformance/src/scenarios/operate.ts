import { runDriver } from '../driver.ts'
import type { Scenario } from './scenario.ts'

interface OperatorReport {
  readonly features: readonly string[]
  readonly downgrade: readonly string[]
  readonly leaderId: string
  readonly election: readonly string[]
  readonly metrics: readonly string[]
  readonly subscriptions: readonly string[]
}

/** Features, quorum, leaders and subscriptions to metrics, as Kafka's own tools tell of them. */
export const operate: Scenario = {
  async run(arena, installed) {
    const topic = await arena.createTopic(installed.client, 'operate', 1)
    const { bootstrap } = arena
    const printed = await runDriver(installed, 'operate', { bootstrap, topic })
    const report = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as OperatorReport
    const problem = problemOf(report, topic)
    if (problem !== undefined) throw new Error(`${problem}: ${printed}`)
  },
}

function problemOf(report: OperatorReport, topic: string): string | undefined {
  const metadata = report.features.find((line) => line.includes('metadata.version')) ?? ''
  if (!/FinalizedVersionLevel: \d\.\d-IV\d/.test(metadata)) return 'no metadata.version'
  const [downgrade] = report.downgrade
  if (downgrade !== 'transaction.version can be downgraded to 1.') return 'no downgrade'
  if (!/^\d+$/.test(report.leaderId)) return 'no leader of the quorum'
  if (!report.election.join().includes('already elected')) return 'no answer to an election'
  const metrics = report.metrics.toSorted().join(' ')
  if (metrics !== 'interval.ms=5000 match=client_id=x.* metrics=a.b') return 'no subscription'
  return report.subscriptions.includes(topic) ? 'a subscription that was deleted' : undefined
}
