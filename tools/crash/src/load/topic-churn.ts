import { setTimeout as sleep } from 'node:timers/promises'

import type { Random } from '@pafka/base'
import { ZERO_UUID } from '@pafka/protocol'

import { Finding } from '../ledger/finding.ts'
import { PartitionLedger } from '../ledger/partition-ledger.ts'
import type { Connection } from '../wire/connection.ts'
import { makeBatch } from './batch-source.ts'
import { acknowledgedOffset } from './load-producer.ts'
import { Pipeline } from './pipeline.ts'
import { createTopic, deleteTopic, produce, topicIds } from './stored-topics.ts'

const NAMES = ['crash-churn-0', 'crash-churn-1', 'crash-churn-2']
const MOST_PARTITIONS = 3
const MOST_BATCHES = 4
const MOST_PAUSE_MS = 20
const SIZES = { leastBytes: 100, mostBytes: 50_000 }

/** What is known of a topic that comes and goes. */
interface ChurnTopic {
  readonly name: string
  /** Undefined while it is not there, or not known to be there. */
  topicId: string | undefined
  /** Sent and not answered. */
  open: 'create' | 'delete' | undefined
  ledgers: PartitionLedger[]
}

/**
 * Creates topics, writes to them and deletes them, under a few names over and over: what was
 * acknowledged must hold, and nothing of a topic may be found in the next one of its name.
 */
export class TopicChurn {
  readonly #topics: readonly ChurnTopic[] = NAMES.map((name) => ({
    name,
    topicId: undefined,
    open: undefined,
    ledgers: [],
  }))
  changes = 0

  async run(connection: Connection, random: Random, signal: AbortSignal): Promise<void> {
    const pipeline = new Pipeline(1)
    while (pipeline.goesOn && !signal.aborted) {
      const topic = this.#topics[random.below(this.#topics.length)]
      if (topic !== undefined) pipeline.add(this.#change(connection, random, topic))
      await pipeline.room()
      await sleep(random.below(MOST_PAUSE_MS + 1))
    }
    await pipeline.drained()
  }

  /** Partitions that have to be there. @throws {Finding} when one is not, or is and must not be. */
  async check(connection: Connection): Promise<readonly PartitionLedger[]> {
    const found = await topicIds(connection, NAMES)
    for (const topic of this.#topics) settle(topic, found.get(topic.name))
    return this.#topics.flatMap(({ topicId, ledgers }) => (topicId === undefined ? [] : ledgers))
  }

  async #change(connection: Connection, random: Random, topic: ChurnTopic): Promise<void> {
    if (topic.topicId === undefined) await create(connection, random, topic)
    else if (random.below(2) === 0) await write(connection, random, topic)
    else await remove(connection, topic)
    this.changes += 1
  }
}

async function create(connection: Connection, random: Random, topic: ChurnTopic): Promise<void> {
  const { name } = topic
  const partitions = 1 + random.below(MOST_PARTITIONS)
  topic.ledgers = Array.from({ length: partitions }, (_, at) => new PartitionLedger(name, at))
  topic.open = 'create'
  const configs = random.below(2) === 0 ? {} : { 'segment.bytes': '1048576' }
  topic.topicId = await createTopic(connection, { name, partitions, configs })
  topic.open = undefined
}

async function write(connection: Connection, random: Random, topic: ChurnTopic): Promise<void> {
  for (let count = 1 + random.below(MOST_BATCHES); count > 0; count--) {
    const ledger = topic.ledgers[random.below(topic.ledgers.length)]
    if (ledger === undefined) return
    const { batch, bytes } = makeBatch(random, SIZES)
    ledger.sent(batch)
    const partitionData = [{ index: ledger.partition, records: bytes }]
    const data = [{ name: topic.name, topicId: ZERO_UUID, partitionData }]
    const response = await produce(connection, -1, data)
    ledger.acked(batch, acknowledgedOffset(response, ledger, batch))
  }
}

async function remove(connection: Connection, topic: ChurnTopic): Promise<void> {
  topic.open = 'delete'
  await deleteTopic(connection, topic.name)
  topic.topicId = undefined
  topic.open = undefined
}

/** An open request may have been served or not; all else must be as acknowledged. */
function settle(topic: ChurnTopic, foundId: string | undefined): void {
  const { name, topicId, open } = topic
  topic.open = undefined
  topic.topicId = foundId
  const isFree = open === 'create' || (open === 'delete' && foundId === undefined)
  if (isFree || foundId === topicId) return
  const expected = topicId === undefined ? 'no such topic' : `id ${topicId}`
  const detail = `expected ${expected}, found ${foundId ?? 'none'}`
  throw new Finding('topic', name, detail)
}
