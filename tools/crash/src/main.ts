/**
 * kill -9 of the real broker, again and again, under a load whose every ack is known:
 *
 *     pnpm --filter @pafka/crash crash --rounds 200
 *
 * A round loads the broker for 50 ms to 2 s and kills it; sometimes it is stopped as a service
 * manager does, sometimes it is idle before, sometimes it is killed again while it recovers. Then
 * it is started on the same data and everything that it promised is checked:
 *
 * - every acknowledged record is there, at the offset of its ack, byte for byte, in order
 * - offsets start at 0, without gap or overlap, and end where acks and reads had reached, or later
 * - what an idempotent producer sent is there exactly once and in sequence: what had no ack is sent
 *   again with its sequence, and sometimes what had one, as if that ack had been lost
 * - nothing is there that was not sent, and what a consumer saw before the end still is
 * - acknowledged group offsets are there, or later ones that were sent
 * - topics whose creation was acknowledged are there, deleted ones are not, and a new one of the
 *   same name has nothing of the old; no producer id is given twice
 *
 * Four raw producers (two idempotent, one without sequences, one of these with acks=1; up to five
 * requests under way each) write batches of 100 B to 300 KiB to 20 partitions in three topics.
 *
 *     --rounds N            20 unless said otherwise
 *     --seed N              the choices of an earlier run; its timing is not replayed
 *     --data DIR            for the broker's data: made, and removed unless something was found
 *     --built | --main FILE the broker as last built here, or any; this checkout's source otherwise
 *     --override K=V        to the broker; any number of times
 *     --broker-arg X        to the broker, as it is; any number of times
 *     --topic-config K=V    of the topics that stay; any number of times
 *     --round-mib N         how much a round writes at most before it only trickles: 48
 *     --no-churn            no topics that come and go
 *
 * Exit code 1: something was found; it is printed with the end of the broker's log, and the data is
 * kept. Takes about three seconds a round and, with two copies of 300 MiB and small change, 1 GB.
 */
import { rm } from 'node:fs/promises'

import { MIB } from '@pafka/base'

import { type CampaignResult, runCampaign } from './campaign.ts'
import { parseOptions } from './options.ts'

const MOST_FINDINGS = 20

const options = parseOptions(process.argv.slice(2))
const { dataDir } = options.broker
console.log(`seed ${options.seed}, data in ${dataDir}`)
const result = await runCampaign({ ...options, say: (line) => console.log(line) })
console.log(summary(result))
if (result.findings.length === 0) {
  await rm(dataDir, { recursive: true, force: true })
} else {
  for (const finding of result.findings.slice(0, MOST_FINDINGS)) console.error(finding.message)
  console.error(`the end of the broker's log:\n${result.logTail}`)
  console.error(`--seed ${options.seed}; data in ${dataDir}`)
  process.exitCode = 1
}

function summary(counts: CampaignResult): string {
  const sorted = counts.readyMs.toSorted((a, b) => a - b)
  const at = (part: number): string => {
    return `${Math.round(sorted[Math.floor(part * (sorted.length - 1))] ?? 0)} ms`
  }
  return [
    `${counts.rounds} rounds, ${counts.kills} kills, ${counts.findings.length} findings`,
    `${counts.ackedBatches} batches acknowledged, ${mib(counts.sentBytes)} MiB sent, ` +
      `${mib(counts.checkedBytes)} MiB read back and compared`,
    `${counts.ackedOffsets} group offsets acknowledged, ${counts.topicChanges} topic changes`,
    `start to ready: min ${at(0)}, median ${at(0.5)}, max ${at(1)}`,
  ].join('\n')
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB)
}
