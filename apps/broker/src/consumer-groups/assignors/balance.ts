import type { AssignmentDraft } from './assignment-draft.ts'

/** What looking for moves may cost; a group too large for it stays as uneven as it then is. */
const MAX_STEPS = 20_000_000

/** How a member was reached: from whom, by a partition of which topic. */
interface Step {
  readonly from: number
  readonly topicId: string
}

/**
 * Moves partitions until nobody could give one away, over any number of members in between, to
 * somebody who has two less. That is as even as it gets. The fewest are moved for each step.
 */
export function balance(draft: AssignmentDraft): void {
  const budget = { left: MAX_STEPS }
  const members = draft.input.members.map((_, at) => at)
  for (let moved = true; moved && budget.left > 0;) {
    moved = false
    // members that cannot be relieved, and all whom they reach: those have as little to gain
    const settled = new Set<number>()
    const byLoad = members.toSorted((one, other) => draft.load(other) - draft.load(one))
    for (const member of byLoad) {
      while (!settled.has(member) && relieve(draft, member, { budget, settled })) moved = true
    }
  }
}

interface Pass {
  readonly budget: { left: number }
  readonly settled: Set<number>
}

/** @returns whether `member` has one partition less now; if not, it is settled. */
function relieve(draft: AssignmentDraft, member: number, { budget, settled }: Pass): boolean {
  const load = draft.load(member)
  if (load < 2) return false
  const reached = new Map<number, Step | null>([[member, null]])
  const topics = new Set<string>()
  const queue = [member]
  // The queue grows while it is read: members come in the order of their distance.
  for (const from of queue) {
    for (const topicId of draft.given(from).keys()) {
      if (topics.has(topicId)) continue
      topics.add(topicId)
      const found = visit(draft, { from, topicId, most: load - 2 }, { reached, queue, budget })
      if (found === undefined) continue
      moveAlong(draft, found, reached)
      return true
    }
    if (budget.left <= 0) return false
  }
  for (const each of reached.keys()) settled.add(each)
  return false
}

interface Search {
  readonly reached: Map<number, Step | null>
  readonly queue: number[]
  readonly budget: { left: number }
}

/** @returns of those who want the topic the one with least, if that is little enough. */
function visit(
  draft: AssignmentDraft,
  { from, topicId, most }: Step & { readonly most: number },
  { reached, queue, budget }: Search,
): number | undefined {
  let least: number | undefined
  for (const to of draft.subscribers(topicId)) {
    budget.left -= 1
    if (reached.has(to)) continue
    reached.set(to, { from, topicId })
    queue.push(to)
    if (draft.load(to) > most) continue
    if (least === undefined || draft.load(to) < draft.load(least)) least = to
  }
  return least
}

function moveAlong(
  draft: AssignmentDraft,
  last: number,
  reached: ReadonlyMap<number, Step | null>,
): void {
  let to = last
  for (let step = reached.get(to) ?? null; step !== null; step = reached.get(to) ?? null) {
    const { from, topicId } = step
    const partition = draft.leastMissed(from, topicId)
    draft.take(from, topicId, partition)
    draft.give(to, topicId, partition)
    to = from
  }
}
