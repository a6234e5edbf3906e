import { encodeRecordBatch, ZERO_UUID } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { utf8 } from '../serde/utf8.ts'
import { AcknowledgeType, type Acknowledgement } from './acknowledgements.ts'
import { AcquiredRecords } from './acquired-records.ts'
import { ShareHold } from './share-hold.ts'

/** Two records of which a byte is wrong, as they were given so often. */
function damaged(deliveryCount: number) {
  const records = ['a', 'b'].map((value) => {
    return { timestamp: 1000, key: null, value: Buffer.from(value) }
  })
  const bytes = encodeRecordBatch({ baseOffset: 4, records })
  bytes[30] = (bytes[30] ?? 0) ^ 1
  const acquired = [{ firstOffset: 4, lastOffset: 5, deliveryCount }]
  const source = { topic: 't', partition: 0, key: utf8(), value: utf8() }
  const said: Acknowledgement[] = []
  const clock = new ManualClock()
  const hold = new ShareHold({
    ...{ clock, place: { topicId: ZERO_UUID, partition: 0 } },
    records: new AcquiredRecords(bytes, acquired, source),
    lockedUntilMs: clock.monotonicMs() + 30_000,
    say: (acknowledgement) => said.push(acknowledgement),
    refused: () => {},
  })
  return { hold, said }
}

test.each([1, 2])('what is damaged may come whole: given back, the time %i', (deliveryCount) => {
  const { hold, said } = damaged(deliveryCount)
  expect(hold.next()).toBe(undefined)
  expect(said).toMatchObject([{ firstOffset: 4, lastOffset: 5, type: AcknowledgeType.RELEASE }])
  expect(hold.isOver).toBe(true)
})

test('what is damaged again and again is told', () => {
  const { hold } = damaged(3)
  expect(() => hold.next()).toThrow('t/0 cannot be read at offset 4: a batch is damaged')
})
