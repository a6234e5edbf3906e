import type { SegmentGroup } from './segment-index.ts'
import { isColder, type WarmSegment } from './warmth-order.ts'

interface Head {
  readonly group: SegmentGroup
  readonly rest: Generator<WarmSegment, undefined>
  next: WarmSegment
}

/** The segments of several groups, as if they were one list. Groups are few: heads are compared. */
export function* mergedWarmth(
  groups: readonly SegmentGroup[],
  direction: 'coldest-first' | 'warmest-first',
): Generator<[SegmentGroup, WarmSegment], undefined> {
  const heads = groups.flatMap((group): Head[] => {
    const { order } = group
    const rest = direction === 'coldest-first' ? order.coldestFirst() : order.warmestFirst()
    const { value } = rest.next()
    return value === undefined ? [] : [{ group, rest, next: value }]
  })
  for (;;) {
    let best: Head | undefined
    for (const head of heads) {
      if (best === undefined) best = head
      else if (isColder(head.next, best.next) === (direction === 'coldest-first')) best = head
    }
    if (best === undefined) return
    yield [best.group, best.next]
    const { value } = best.rest.next()
    if (value === undefined) heads.splice(heads.indexOf(best), 1)
    else best.next = value
  }
}
