import { seededRandom } from '@pafka/base'
import { ErrorCode, OffsetCommit, type OffsetCommitRequest } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { ClientCounts } from '../../watch/client-counts.ts'
import type { GroupMember } from './group-member.ts'
import type { GroupOffset } from './group-offsets.ts'
import { MemberOffsets } from './member-offsets.ts'

/** A member whose coordinator refuses commits with these errors, and then takes them. */
function stage(errors: number[]) {
  const clock = new ManualClock()
  const asked: string[] = []
  const identity = { memberId: 'm', generationId: 1, instanceId: null }
  const member: GroupMember = {
    identity,
    outdated: (errorCode) => errorCode === ErrorCode.STALE_MEMBER_EPOCH,
    leave: () => Promise.resolve(),
  }
  const ask = (
    _: number,
    { api, request }: { readonly api: typeof OffsetCommit; readonly request: OffsetCommitRequest },
  ) => {
    expect(api).toBe(OffsetCommit)
    const { generationIdOrMemberEpoch: generation, topics } = request
    const said = topics.flatMap(({ name, partitions }) => {
      return partitions.map((one) => `${name}/${one.partitionIndex}=${one.committedOffset}`)
    })
    asked.push(`${generation}: ${said.join(' ')}`)
    const errorCode = errors.shift() ?? 0
    const answers = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    }))
    return Promise.resolve({ topics: answers })
  }
  const counts = new ClientCounts(clock, undefined)
  const cluster = {
    ...{ ask, counts, requestTimeoutMs: 30_000, metadata: { find: () => undefined } },
    coordinator: () => Promise.resolve(1),
    forgetCoordinator: () => {},
  }
  const offsets = new MemberOffsets({
    ...{ cluster: cluster as never, groupId: 'g', clock, random: seededRandom(1) },
    ...{ member: () => member, asksAsMember: false },
  })
  return { asked, clock, counts, identity, offsets }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    // oxlint-disable-next-line no-await-in-loop -- until what was begun is done
    await new Promise(setImmediate)
  }
}

test.each([ErrorCode.NOT_COORDINATOR, ErrorCode.STALE_MEMBER_EPOCH])(
  'what is committed after a wait is what is true then: %i',
  async (errorCode) => {
    const { asked, clock, counts, identity, offsets } = stage([errorCode])
    let dirty: GroupOffset[] = [
      { topic: 't', partition: 0, offset: 5 },
      { topic: 't', partition: 1, offset: 7 },
    ]
    const committing = offsets.commit(() => dirty)
    await turns()
    expect(asked.splice(0)).toEqual(['1: t/0=5 t/1=7'])
    // one is somebody else's, and of the other more is processed
    dirty = [{ topic: 't', partition: 0, offset: 9 }]
    identity.generationId = 2
    clock.advance(200)
    await committing
    expect(asked).toEqual(['2: t/0=9'])
    expect(counts.consumer.commits).toBe(1)
  },
)

test('what was lost while it was to be committed is not', async () => {
  const { asked, clock, counts, offsets } = stage([ErrorCode.COORDINATOR_LOAD_IN_PROGRESS])
  let dirty: GroupOffset[] = [{ topic: 't', partition: 0, offset: 5 }]
  const committing = offsets.commit(() => dirty)
  await turns()
  dirty = []
  clock.advance(200)
  await committing
  expect(asked).toEqual(['1: t/0=5'])
  expect(counts.consumer.commits).toBe(0)
})
