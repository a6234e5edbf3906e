import { type Admin, Kafka, type KafkaOptions, type ProducerOptions } from '@pafka/client'

import type { Contestant, Fact } from '../report/sweep-result.ts'
import { kafkaRelease } from './kafka-release.ts'

/** Whom to measure, and as what it is shown. */
export interface ContestantSpec {
  readonly name: string
  readonly kafka: KafkaOptions
  readonly producer: ProducerOptions
  /** In place of what can be found out. */
  readonly software: string | undefined
}

/** More records than that are never waited for. */
const NEVER = 2 ** 53
const KEYS = ['flush.messages', 'flush.ms', 'min.insync.replicas', 'compression.type'] as const
/** Known to this project's broker only; versions before told no version. */
const [OWN_KEY, VERSION_KEY] = ['log.channel.type', 'pafka.version'] as const

/** What a broker says of itself. @param topic that was made there. @throws {KafkaError} */
export async function contestantOf(
  { name, kafka: options, producer, software }: ContestantSpec,
  topic: string,
): Promise<Contestant> {
  await using kafka = new Kafka(options)
  const admin = kafka.admin()
  const { brokers } = await admin.cluster()
  const [broker] = brokers
  const { channel: own, version } =
    broker === undefined ? NOT_OWN : await ownFactsOf(admin, broker.id)
  const configs = await admin.configs.describe({ topic })
  const replicas = (await admin.topics.find(topic))?.partitions[0]?.replicas.length ?? 1
  const of = (key: string): string => configs.get(key)?.value ?? ''
  const facts: Fact[] = [
    ['brokers', String(brokers.length)],
    ['connections', connectionsOf(options)],
    ['acks', producer.acks ?? 'all'],
    ['compression', producer.compression ?? 'none'],
    ['copies of a partition', String(replicas)],
    ...KEYS.filter((key) => of(key) !== '').map((key): Fact => [key, of(key)]),
  ]
  if (own !== undefined) facts.push([OWN_KEY, own])
  return {
    ...{ name, facts, address: String(options.brokers) },
    software:
      software ?? (own === undefined ? await releaseOf(admin) : `Pafka ${version ?? ''}`.trim()),
    durability: durabilityOf({
      ...{ acks: producer.acks ?? 'all', replicas, channel: own },
      ...{ inSync: Number(of('min.insync.replicas') || 1), flushMs: of('flush.ms') },
      flushMessages: Number(of('flush.messages') || NEVER),
    }),
  }
}

interface AckTerms {
  readonly acks: NonNullable<ProducerOptions['acks']>
  readonly replicas: number
  readonly inSync: number
  /** Of this project's broker. */
  readonly channel: string | undefined
  readonly flushMessages: number
  readonly flushMs: string
}

/** What an ack means there, in words. */
export function durabilityOf(terms: AckTerms): string[] {
  const { acks, replicas, inSync } = terms
  if (acks === 'none') return ['nobody waits for an ack']
  const isOne = acks === 'leader' || replicas === 1
  const least = Math.min(inSync, replicas)
  return [
    whereAtTheAck(terms),
    isOne ? 'on one broker' : `on ${least} of ${replicas} brokers at least`,
  ]
}

function whereAtTheAck({ channel, flushMessages, flushMs }: AckTerms): string {
  if (flushMessages === 1) return 'on the device before the ack: flush.messages=1'
  if (channel === 'pmem') return 'stored to persistent memory before the ack'
  if (flushMessages < NEVER || (flushMs !== '' && Number(flushMs) < NEVER)) {
    const when = `flush.messages=${flushMessages}, flush.ms=${flushMs}`
    return `in the page cache at the ack; flushed by ${when}`
  }
  if (channel === 'journal' || channel === 'tiered') return 'on the device before the ack: journal'
  return 'in the page cache at the ack: a power cut loses what was acknowledged'
}

/** What security costs is measured too. */
export function connectionsOf({ tls, sasl }: Pick<KafkaOptions, 'tls' | 'sasl'>): string {
  const encrypted = tls === undefined || tls === false ? 'not encrypted' : 'TLS'
  if (sasl === undefined) return encrypted
  const mechanism = 'mechanism' in sasl ? ` ${sasl.mechanism.toUpperCase()}` : ''
  return `${encrypted}, SASL${mechanism}`
}

interface OwnFacts {
  readonly channel: string | undefined
  readonly version: string | undefined
}

/** Of other brokers, and where nobody may ask. */
const NOT_OWN: OwnFacts = { channel: undefined, version: undefined }

async function ownFactsOf(admin: Admin, broker: number): Promise<OwnFacts> {
  try {
    const entries = await admin.configs.describe({ broker }, { keys: [OWN_KEY, VERSION_KEY] })
    const [channel, version] = [OWN_KEY, VERSION_KEY].map((key) => entries.get(key)?.value)
    return { channel: channel ?? undefined, version: version ?? undefined }
  } catch {
    return NOT_OWN
  }
}

/** By what its metadata may be, and by what it is. */
async function releaseOf(admin: Admin): Promise<string> {
  try {
    const { features } = await admin.features.describe()
    const metadata = features.find(({ name }) => name === 'metadata.version')
    const highest = metadata?.supported?.max ?? metadata?.level
    if (metadata === undefined || highest === undefined) return 'a Kafka broker'
    return `${kafkaRelease(highest)} (metadata.version ${metadata.level ?? highest})`
  } catch {
    return 'a Kafka broker'
  }
}
