import { setTimeout as sleep } from 'node:timers/promises'

import { KIB, MIB, type Random } from '@pafka/base'

import { Finding } from '../ledger/finding.ts'
import { topicIds } from '../load/stored-topics.ts'
import type { Workload } from '../load/workload.ts'
import type { Connection } from '../wire/connection.ts'
import { FindingsOf, readBack } from './read-back.ts'

const MAX_WAIT_MS = 50
const READY_RETRY_MS = 5
const READY_LIMIT_MS = 30_000

export interface Verification {
  readonly checkedBytes: number
  readonly findings: readonly Finding[]
}

/** Resolves when the topics that have to be there can be asked for. @throws {Finding} */
export async function servesTopics(connection: Connection, workload: Workload): Promise<void> {
  const names = [...new Set(workload.ledgers.map(({ topic }) => topic))]
  for (const until = performance.now() + READY_LIMIT_MS; ; await sleep(READY_RETRY_MS)) {
    const found = await topicIds(connection, [...names, ...workload.gone])
    const back = workload.gone.find((name) => found.has(name))
    if (back !== undefined) throw new Finding('topic', back, 'it is back after its deletion')
    const missing = names.find((name) => !found.has(name))
    if (missing === undefined) return
    if (performance.now() > until) throw new Finding('topic', missing, 'it is gone')
  }
}

/** Everything that the broker promised, after its restart: records, topics, group offsets. */
export async function verify(
  connection: Connection,
  workload: Workload,
  { readsAll, random }: { readonly readsAll: boolean; readonly random: Random },
): Promise<Verification> {
  const findings = new FindingsOf()
  const options = {
    partitionMaxBytes: 256 * KIB * 2 ** random.below(5),
    maxBytes: MIB * 2 ** random.below(5),
    maxWaitMs: MAX_WAIT_MS,
  }
  const read = await readBack(
    connection,
    workload.ledgers,
    (ledger) => (readsAll ? ledger.passFromStart() : ledger.passFromProven()),
    options,
  )
  let { checkedBytes } = read
  for (const finding of read.findings) findings.add(finding)
  await gathered(findings, async () => {
    const churned = await workload.churned(connection)
    const again = await readBack(connection, churned, (ledger) => ledger.passFromStart(), options)
    for (const finding of again.findings) findings.add(finding)
    checkedBytes += again.checkedBytes
  })
  for (const committer of workload.committers) {
    await gathered(findings, () => committer.check(connection))
  }
  return { checkedBytes, findings: findings.all }
}

async function gathered(findings: FindingsOf, check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof Finding)) throw error
    findings.add(error)
  }
}
