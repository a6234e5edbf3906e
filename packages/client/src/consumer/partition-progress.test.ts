import { expect, test } from 'vitest'

import { utf8 } from '../serde/utf8.ts'
import { topic } from '../topic.ts'
import { AssignedPartition } from './assigned-partition.ts'

const texts = topic('t', { value: utf8() })
const GROUP = {
  groupId: 'g',
  member: { memberId: 'm', generationId: 1, instanceId: null },
  committed: () => {},
}

/** A partition of which these were given. */
function partitionWith(offsets: readonly number[]): AssignedPartition<Uint8Array, string> {
  const of = new AssignedPartition(texts, 0, GROUP)
  for (const offset of offsets) of.progress.gives(offset)
  return of
}

test('what is processed is to be committed, until it is', () => {
  const { progress } = partitionWith([3, 4, 5])
  expect(progress.dirtyOffset).toBeUndefined()
  progress.source.acknowledge?.(3, 4)
  expect(progress.dirtyOffset).toBe(5)
  progress.committed(5)
  expect(progress.dirtyOffset).toBeUndefined()
})

test('what was given before it began anew moves it not, and is not of a transaction', () => {
  const of = partitionWith([98, 99])
  const { progress: before } = of
  of.resetTo(0, false)
  expect([before.source.isLost?.(), of.progress.source.isLost?.()]).toEqual([true, false])
  of.progress.gives(0)
  before.source.acknowledge?.(98, 99)
  before.committed(100)
  expect(of.progress.dirtyOffset).toBeUndefined()
  of.progress.done(0)
  expect(of.progress.dirtyOffset).toBe(1)
})

test('what the log dropped in front of it does not make void what was given of it', () => {
  const of = partitionWith([0, 1])
  const { progress: before } = of
  of.resetTo(50, true)
  expect([before.source.isLost?.(), of.progress.dirtyOffset]).toEqual([false, 50])
  before.source.acknowledge?.(0, 1)
  expect(of.progress.dirtyOffset).toBe(50)
  of.lost()
  expect(before.source.isLost?.()).toBe(true)
})

test('a group that is beyond what was given is not followed there', () => {
  const of = partitionWith([])
  of.resetTo(0, false)
  for (const offset of [0, 1]) of.progress.gives(offset)
  of.progress.processedTo(1000)
  expect(of.progress.givenBack()).toBe(0)
  for (const offset of [0, 1]) of.progress.gives(offset)
  of.progress.processedTo(2)
  expect([of.progress.dirtyOffset, of.progress.givenBack()]).toEqual([undefined, undefined])
})
