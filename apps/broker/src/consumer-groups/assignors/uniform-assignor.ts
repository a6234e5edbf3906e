import type { Assignor, AssignorInput } from './assignor.ts'
import { balance } from './balance.ts'
import { AssignmentDraft } from './assignment-draft.ts'

/**
 * As many partitions for each member as for any other, whatever the topics; and of what members had
 * as much as possible stays where it is. Members that want different topics are brought as near to
 * each other as their wishes allow.
 */
export const assignUniform: Assignor = (input) => {
  const draft = new AssignmentDraft(input)
  if (wantTheSame(input)) {
    keepShares(draft)
    handOutEvenly(draft)
  } else {
    keepAll(draft)
    handOutToLeast(draft)
    balance(draft)
  }
  return draft.result()
}

function wantTheSame({ members }: AssignorInput): boolean {
  const first = members[0]?.topicIds
  return members.every(({ topicIds }) => {
    if (topicIds === first) return true
    if (topicIds.size !== first?.size) return false
    for (const topicId of topicIds) if (!first.has(topicId)) return false
    return true
  })
}

/**
 * Of members that had more than their share, as many as there are larger shares keep one more:
 * what is taken from anybody is what nobody could have kept.
 */
function keepShares(draft: AssignmentDraft): void {
  const { members } = draft.input
  const share = Math.floor(draft.total / Math.max(members.length, 1))
  let larger = draft.total - share * members.length
  const held = members.map((_, at) => draft.heldBefore(at))
  for (const [at, partitions] of held.entries()) {
    const keepsMore = partitions.length > share && larger > 0
    if (keepsMore) larger -= 1
    const kept = keepsMore ? share + 1 : share
    for (const [topicId, partition] of partitions.slice(0, kept)) draft.give(at, topicId, partition)
  }
}

/** Partitions of one topic go to members after each other, so that each gets some of each topic. */
function handOutEvenly(draft: AssignmentDraft): void {
  const count = draft.input.members.length
  if (count === 0) return
  const share = Math.floor(draft.total / count)
  const free = draft.unassigned()
  let larger = draft.total - share * count
  for (let at = 0; at < count; at += 1) if (draft.load(at) > share) larger -= 1
  const limits = Array.from({ length: count }, (_, at) => {
    if (draft.load(at) > share) return draft.load(at)
    if (larger === 0) return share
    larger -= 1
    return share + 1
  })
  let at = 0
  for (const [topicId, partition] of free) {
    while (draft.load(at) >= (limits[at] ?? 0)) at = (at + 1) % count
    draft.give(at, topicId, partition)
    at = (at + 1) % count
  }
}

function keepAll(draft: AssignmentDraft): void {
  for (let at = 0; at < draft.input.members.length; at += 1) {
    for (const [topicId, partition] of draft.heldBefore(at)) draft.give(at, topicId, partition)
  }
}

/** Topics that few want first: the others can still make up for it. */
function handOutToLeast(draft: AssignmentDraft): void {
  const wanted = (topicId: string): number => draft.subscribers(topicId).length
  const free = draft.unassigned().toSorted(([one], [other]) => wanted(one) - wanted(other))
  for (const [topicId, partition] of free) {
    let least = -1
    for (const at of draft.subscribers(topicId)) {
      if (least < 0 || draft.load(at) < draft.load(least)) least = at
    }
    if (least >= 0) draft.give(least, topicId, partition)
  }
}
