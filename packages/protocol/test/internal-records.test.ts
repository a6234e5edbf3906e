import { expect, test } from 'vitest'

import { ConsumerGroupMemberMetadataValue, WireReader, WireWriter } from '../src/index.ts'

/** As Kafka 4.3.1 wrote it, after the version: no instance, no rack, no pattern, no assignor. */
const MEMBER = '000005706c61790b2f3132372e302e302e31020f636f6e73756d65722d746f706963010000ea6000'
/** One tagged field, the first: a struct that is null. */
const NOT_CLASSIC = '01000100'

test('a tagged struct that is null is said to be, since one left out is an empty one', () => {
  const value = {
    instanceId: null,
    rackId: null,
    clientId: 'play',
    clientHost: '/127.0.0.1',
    subscribedTopicNames: ['consumer-topic'],
    subscribedTopicRegex: '',
    rebalanceTimeoutMs: 60_000,
    serverAssignor: null,
    classicMemberMetadata: null,
  }
  const writer = new WireWriter()
  ConsumerGroupMemberMetadataValue.encode(writer, value, 0)
  const bytes = Buffer.concat(writer.finish())
  expect(bytes.toString('hex')).toBe(MEMBER + NOT_CLASSIC)
  expect(ConsumerGroupMemberMetadataValue.decode(new WireReader(bytes), 0)).toEqual(value)
  const leftOut = new WireReader(Buffer.from(`${MEMBER}00`, 'hex'))
  const decoded = ConsumerGroupMemberMetadataValue.decode(leftOut, 0)
  expect(decoded.classicMemberMetadata).toBe(undefined)
})
