import { readBatches, readRecords } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { ShareRig } from './share-rig.ts'

const [RELEASE, REJECT] = [2, 3]
const DLQ = 'errors.deadletterqueue'
const ENABLED = { [`${DLQ}.group.enable`]: 'true' }

async function rigWith(
  configs: Readonly<Record<string, string>>,
  settings = {},
): Promise<ShareRig> {
  const rig = await ShareRig.start(settings)
  await rig.topic(2)
  await rig.configure({
    'share.auto.offset.reset': 'earliest',
    'share.delivery.count.limit': '2',
    ...configs,
  })
  await rig.join('ann')
  return rig
}

/** Each dead letter with its headers, in short. */
async function letters(rig: ShareRig, topic = 'dlq.flights', partition = 0): Promise<string[]> {
  const log = rig.rig.broker.topics.byName(topic)?.partitions[partition]?.log
  if (log === undefined) return ['no topic']
  const read = await log.read(0, 1_000_000, { minOneBatch: true })
  const found: string[] = []
  for (const batch of readBatches(read.records)) {
    for (const record of readRecords(batch)) {
      const { key, value } = record
      const texts = record.headers().map(({ key: name, value: bytes }) => {
        return `${name.slice('__dlq.'.length)}=${Buffer.from(bytes ?? []).toString()}`
      })
      const what = [key, value].map((bytes) =>
        bytes === null ? 'null' : Buffer.from(bytes).toString(),
      )
      found.push(`${what.join(' ')}: ${texts.join(' ')}`)
    }
  }
  read.release()
  return found
}

test('what is rejected, or given out too often, goes to the topic for dead letters', async () => {
  await using rig = await rigWith({ [`${DLQ}.topic.name`]: 'dlq.flights' })
  await rig.rig.createTopic('dlq.flights', { configs: ENABLED })
  await rig.produce(3)
  await rig.fetch('ann')
  expect(await rig.acknowledge('ann', [[0, 2, RELEASE, REJECT, 0]])).toBe('NONE')
  expect(await rig.fetch('ann')).toBe('0: 0-0 x2')
  await rig.pass(30_000)
  const where = 'errors.topic=flights errors.partition=0'
  expect(await letters(rig)).toEqual([
    `null null: ${where} errors.offset=1 errors.group=g errors.delivery.count=1 ` +
      'errors.message=Offset rejected by client.',
    `null null: ${where} errors.offset=0 errors.group=g errors.delivery.count=2 ` +
      'errors.message=Offset delivery count exceeded the threshold.',
  ])
})

test('keys and values go with them if the group wants', async () => {
  await using rig = await rigWith({
    [`${DLQ}.topic.name`]: 'dlq.flights',
    [`${DLQ}.copy.record.enable`]: 'true',
  })
  await rig.rig.createTopic('dlq.flights', { configs: { ...ENABLED, 'max.message.bytes': '4000' } })
  const value = Buffer.alloc(5000)
  await rig.rig.append('flights', [{ key: Buffer.from('k0'), value: Buffer.from('v0') }, { value }])
  await rig.rig.append('flights', [{ key: Buffer.from('k2'), value: Buffer.from('v2') }])
  expect(await rig.fetch('ann')).toBe('0: 0-2 x1')
  await rig.acknowledge('ann', [[0, 2, REJECT]])
  const found = await letters(rig)
  expect(found.map((one) => one.split(':')[0])).toEqual(['k0 v0', 'null null', 'k2 v2'])
})

test('a topic is made if the broker may, and partitions go round', async () => {
  const create = { [`${DLQ}.auto.create.topics.enable`]: 'true' }
  await using rig = await rigWith({ [`${DLQ}.topic.name`]: 'dlq.made' }, create)
  await rig.produce(1, 1)
  await rig.fetch('ann', { partitions: [1] })
  await rig.acknowledge('ann', [])
  await rig.pass(60_000)
  await rig.fetch('ann', { partitions: [1] })
  await rig.pass(30_000)
  expect(await letters(rig, 'dlq.made')).toHaveLength(1)
})

test.each([
  ['', 'no name', {}],
  ['dlq.flights', 'no such topic', {}],
  ['dlq.flights', 'not for dead letters', { made: {} }],
  ['letters', 'another prefix', { made: ENABLED }],
  ['__letters', "the broker's own", {}],
])('nothing holds up a group: %j, %s', async (name, _why, how: { made?: object }) => {
  await using rig = await rigWith({ [`${DLQ}.topic.name`]: name })
  if (how.made !== undefined) await rig.rig.createTopic(name, { configs: how.made })
  await rig.produce(2)
  await rig.fetch('ann')
  expect(await rig.acknowledge('ann', [[0, 1, REJECT]])).toBe('NONE')
  expect(await rig.fetch('ann')).toBe('')
  if (how.made !== undefined) expect(await letters(rig, name)).toEqual([])
})
