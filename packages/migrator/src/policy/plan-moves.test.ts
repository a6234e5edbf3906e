import type { TierName, TierPath, TierSegment } from '@pafka/log'
import { expect, test } from 'vitest'

import type { Move } from './move.ts'
import { type Plan, type PlanInput, planMoves } from './plan-moves.ts'
import { type PolicyOptions, policyOptions } from './policy-options.ts'
import { SegmentIndex } from './segment-index.ts'
import type { TopicWish } from './topic-wish.ts'

const NOW_MS = 1_000_000

type Given = Partial<PlanInput> & {
  readonly wishes?: Readonly<Record<string, TopicWish>>
  readonly rules?: Partial<PolicyOptions>
}

function path(id: string, tier: number, usedBytes: number, capacityBytes = 1000): TierPath {
  return { id, path: `/${id}`, tier, capacityBytes, usedBytes, isOnline: true, isAppended: true }
}

/** `a@5 nvme 100`: topic, newest record, path and size. */
function segment(text: string, heatBytes = 0): TierSegment {
  const [, topic = '', at = '', pathId = '', size = ''] =
    /^(\w+)@(\d+) (\S+) (\d+)$/.exec(text) ?? []
  const [newestMs, sizeBytes] = [Number(at), Number(size)]
  const place = { topic, partition: 0, baseOffset: newestMs, pathId }
  return { ...place, sizeBytes, newestMs, readMs: 0, heatBytes }
}

function plan(
  paths: readonly TierPath[],
  segments: readonly TierSegment[],
  given: Given = {},
): Plan {
  const tiers: readonly TierName[] = given.tiers ?? ['NVME', 'SSD', 'HDD']
  const index = new SegmentIndex(tiers)
  for (const one of segments) index.put(one, given.wishes?.[one.topic] ?? {}, NOW_MS)
  return planMoves({
    ...{ tiers, paths, segments: index, underWay: [], phases: [], draining: new Set(), limit: 100 },
    retiringBytes: () => 0,
    avoided: { from: new Set(), to: new Set() },
    ...given,
    options: policyOptions(given.rules),
  })
}

function said({ moves }: Plan): string[] {
  return moves.map(({ segment: of, toPathId, reason }: Move) => {
    return `${reason} ${of.topic}@${of.newestMs} ${of.pathId} -> ${toPathId}`
  })
}

const FULL = ['a@1 nvme 100', 'a@2 nvme 100', 'a@3 nvme 100', 'a@4 nvme 100', 'a@5 nvme 100']
const SLOWER = [path('ssd', 1, 0), path('hdd', 2, 0)]

test('above the threshold the coldest go down, to the low watermark', () => {
  const made = plan(
    [path('nvme', 0, 600), ...SLOWER],
    FULL.map((text) => segment(text)),
  )
  expect(said(made)).toEqual(['demote a@1 nvme -> ssd', 'demote a@2 nvme -> ssd'])
  expect(made.phases).toEqual(['draining', 'filling', 'rest'])
})

test('a plan takes no more than its limit, and the next one knows the rest', () => {
  const paths = [path('nvme', 0, 600), ...SLOWER]
  const segments = FULL.map((text) => segment(text))
  const first = plan(paths, segments, { limit: 1 })
  expect(said(first)).toEqual(['demote a@1 nvme -> ssd'])
  expect(first.excessBytes).toEqual([100, 0, 0])
  const before = { phases: first.phases, draining: first.draining }
  const second = plan(paths, segments.slice(1), { underWay: first.moves, ...before })
  expect(said(second)).toEqual(['demote a@2 nvme -> ssd'])
  expect(second.excessBytes).toEqual([0, 0, 0])
})

test('between the marks it goes on as it was: no move back and forth', () => {
  const paths = [path('nvme', 0, 450), ...SLOWER]
  const segments = FULL.map((text) => segment(text))
  expect(said(plan(paths, segments))).toEqual([])
  expect(said(plan(paths, segments, { draining: new Set(['nvme']) }))).toEqual([
    'demote a@1 nvme -> ssd',
  ])
  expect(said(plan(paths, segments, { phases: ['filling', 'rest', 'rest'] }))).toEqual([])
})

test('a full path is drained though its neighbour is empty: what fits goes there', () => {
  const paths = [path('n1', 0, 980), path('n2', 0, 250), path('hdd', 1, 0, 9000)]
  const segments = [1, 2, 3, 4, 5, 6].map((at) => segment(`a@${at} n1 100`))
  const tiers = ['NVME', 'HDD'] as const
  const made = plan(paths, segments, { tiers })
  expect(said(made)).toEqual([
    'balance a@1 n1 -> n2',
    'demote a@2 n1 -> hdd',
    'demote a@3 n1 -> hdd',
    'demote a@4 n1 -> hdd',
    'demote a@5 n1 -> hdd',
    'demote a@6 n1 -> hdd',
  ])
  expect([made.phases, [...made.draining]]).toEqual([['draining', 'rest'], ['n1']])
  expect(plan(paths, segments, { tiers, limit: 0 }).excessBytes).toEqual([580, 0])
})

test('what is to leave is no more than what there is to move', () => {
  const tiers = ['NVME', 'HDD'] as const
  const wishes = { p: { pin: 'NVME' }, q: { exclude: ['HDD'] } } as const
  const pinned = ['p@1 n1 300', 'q@2 n1 300'].map((text) => segment(text))
  const excess = (given: Given, texts: readonly string[] = [], n2 = 1000): number | undefined => {
    const paths = [path('n1', 0, 900), path('n2', 0, n2), path('hdd', 1, 0, 9000)]
    const segments = [...pinned, ...texts.map((text) => segment(text))]
    return plan(paths, segments, { tiers, wishes, limit: 0, ...given }).excessBytes[0]
  }
  expect(excess({})).toBe(0) // all of it is pinned, or cannot go down
  expect(excess({}, ['a@3 n1 100'])).toBe(100)
  expect(excess({}, ['a@3 n1 100', 'a@4 n1 700'])).toBe(500)
  expect(excess({ waitingBytes: (id) => (id === 'n1' ? 70 : 0) })).toBe(70)
  expect(excess({}, [], 350)).toBe(50) // a neighbour has room
  expect(excess({ limit: 1 }, ['a@3 n1 100'])).toBe(0) // it is on its way
  expect(excess({}, ['x@3 n1 100'])).toBe(100)
})

test('of several paths that are too full the coldest go first, and none too many', () => {
  const paths = [path('n1', 0, 600), path('n2', 0, 700), path('hdd', 1, 0, 9000)]
  const texts = ['a@1 n1 100', 'a@2 n2 100', 'a@3 n1 100', 'a@4 n1 100', 'a@5 n2 100', 'a@6 n2 100']
  const segments = texts.map((text) => segment(text))
  expect(said(plan(paths, segments, { tiers: ['NVME', 'HDD'] }))).toEqual([
    'demote a@1 n1 -> hdd',
    'demote a@2 n2 -> hdd',
    'demote a@3 n1 -> hdd',
    'demote a@5 n2 -> hdd',
    'demote a@6 n2 -> hdd',
  ])
})

test('what is pinned to a tier leaves a full path of it for one with room', () => {
  const paths = [path('n1', 0, 900), path('n2', 0, 0), path('hdd', 1, 0, 9000)]
  const segments = ['p@1 n1 100', 'x@2 n1 100'].map((text) => segment(text))
  const wishes = { p: { pin: 'NVME' }, x: { exclude: ['NVME'] } } as const
  expect(said(plan(paths, segments, { tiers: ['NVME', 'HDD'], wishes }))).toEqual([
    'balance p@1 n1 -> n2',
    'demote x@2 n1 -> hdd',
  ])
})

test('with room, the newest cold ones come up, never beyond the low watermark', () => {
  const low = ['a@1 hdd 100', 'a@2 ssd 100', 'a@3 hdd 300', 'a@4 hdd 100', 'a@5 hdd 100']
  const paths = [path('nvme', 0, 150), path('ssd', 1, 350), path('hdd', 2, 600)]
  expect(
    said(
      plan(
        paths,
        low.map((text) => segment(text)),
      ),
    ),
  ).toEqual(['promote a@5 hdd -> nvme', 'promote a@4 hdd -> nvme'])
})

test('nothing is brought to a tier that faster ones are about to fill', () => {
  const segments = [...FULL, 'a@9 hdd 100'].map((text) => segment(text))
  const made = plan([path('nvme', 0, 600), path('ssd', 1, 0), path('hdd', 2, 100)], segments)
  expect(said(made)).toEqual(['demote a@1 nvme -> ssd', 'demote a@2 nvme -> ssd'])
})

test('heat makes old segments new, one replay does not', () => {
  const paths = [path('nvme', 0, 600), ...SLOWER]
  const rest = FULL.slice(2).map((text) => segment(text))
  const hot = [segment('a@1 nvme 100', 900), segment('a@2 nvme 100', 100), ...rest]
  expect(said(plan(paths, hot))).toEqual(['demote a@2 nvme -> ssd', 'demote a@3 nvme -> ssd'])
})

test('-1 never moves for room; pins and exclusions still hold', () => {
  const paths = [path('nvme', 0, 950), ...SLOWER]
  const segments = ['a@1 nvme 100', 'b@2 nvme 100', 'c@3 nvme 100'].map((text) => segment(text))
  const wishes = { b: { pin: 'HDD' }, c: { exclude: ['NVME', 'SSD'] } } as const
  expect(said(plan(paths, segments, { wishes, rules: { threshold: -1 } }))).toEqual([
    'pin b@2 nvme -> hdd',
    'exclude c@3 nvme -> hdd',
  ])
})

test('pinned segments neither give way nor come along; preferences order the others', () => {
  const paths = [path('nvme', 0, 900), ...SLOWER]
  const topics = ['pinned', 'wants', 'plain', 'slow', 'nossd']
  const segments = topics.map((topic, at) => segment(`${topic}@${at} nvme 100`))
  const wishes = {
    pinned: { pin: 'NVME' },
    wants: { prefer: 'NVME' },
    slow: { prefer: 'HDD' },
    nossd: { exclude: ['SSD'] },
  } as const
  expect(said(plan(paths, segments, { wishes }))).toEqual([
    'demote slow@3 nvme -> hdd',
    'demote plain@2 nvme -> ssd',
    'demote nossd@4 nvme -> hdd',
    'demote wants@1 nvme -> ssd',
  ])
})

test('an excluded segment with nothing below goes up, where there is room to stay', () => {
  const wishes = { a: { exclude: ['HDD'] } } as const
  const segments = [segment('a@1 hdd 100')]
  const up = (nvme: number, ssd: number): string[] =>
    said(
      plan([path('nvme', 0, nvme), path('ssd', 1, ssd), path('hdd', 2, 100)], segments, { wishes }),
    )
  expect(up(350, 300)).toEqual(['exclude a@1 hdd -> ssd'])
  expect(up(300, 350)).toEqual(['exclude a@1 hdd -> nvme'])
  expect(up(350, 350)).toEqual([])
})

test('of several paths the one with most free room, less what is on its way there', () => {
  const slow = [path('hdd1', 1, 300), path('hdd2', 1, 250), path('hdd3', 1, 0, 700)]
  const tiers = ['NVME', 'HDD'] as const
  const segments = FULL.map((text) => segment(text))
  const paths = [path('nvme', 0, 800), ...slow]
  expect(said(plan(paths, segments, { tiers }))).toEqual([
    'demote a@1 nvme -> hdd2',
    'demote a@2 nvme -> hdd3',
    'demote a@3 nvme -> hdd1',
    'demote a@4 nvme -> hdd2',
  ])
  const byShare = said(plan(paths, segments, { tiers, rules: { spread: 'free-share' }, limit: 1 }))
  expect(byShare).toEqual(['demote a@1 nvme -> hdd3'])
  const one = said(plan(paths, segments, { tiers, rules: { movesPerPath: 1 } }))
  expect(one).toHaveLength(3)
})

test('what there is of a copy under way is not counted twice', () => {
  const [moving, next] = [segment('a@1 nvme 400'), segment('a@2 nvme 400')]
  const hdd = { ...path('hdd', 1, 300), copyingBytes: 300 }
  const underWay = [{ segment: moving, toPathId: 'hdd', reason: 'demote' as const }]
  const made = plan([path('nvme', 0, 950), hdd], [next], { tiers: ['NVME', 'HDD'], underWay })
  expect(said(made)).toEqual(['demote a@2 nvme -> hdd'])
})

test('a path never gets more than it has room for, and the next tier takes the rest', () => {
  const paths = [path('nvme', 0, 900), path('ssd', 1, 760), path('hdd', 2, 100)]
  expect(
    said(
      plan(
        paths,
        FULL.map((text) => segment(text)),
      ),
    ),
  ).toEqual([
    'demote a@1 nvme -> ssd',
    'demote a@2 nvme -> hdd',
    'demote a@3 nvme -> hdd',
    'demote a@4 nvme -> hdd',
    'demote a@5 nvme -> hdd',
  ])
})

test('nothing goes from or to a path that is offline or fails', () => {
  const segments = [...FULL, 'a@0 bad 100'].map((text) => segment(text))
  const bad = { ...path('bad', 0, 900), isOnline: false }
  const ssd = { ...path('ssd', 1, 0), isOnline: false }
  const paths = [path('nvme', 0, 510), bad, ssd, path('hdd', 2, 0), path('broken', 2, 0, 9000)]
  const avoided = { from: new Set<string>(), to: new Set(['broken']) }
  expect(said(plan(paths, segments, { avoided, limit: 1 }))).toEqual(['demote a@1 nvme -> hdd'])
  const all = { from: new Set(['nvme']), to: new Set<string>() }
  expect(said(plan(paths, segments, { avoided: all }))).toEqual([])
})

test('old copies that wait for their last reader are not counted twice', () => {
  const paths = [path('nvme', 0, 600), ...SLOWER]
  const segments = FULL.slice(2).map((text) => segment(text))
  expect(said(plan(paths, segments, { retiringBytes: (id) => (id === 'nvme' ? 200 : 0) }))).toEqual(
    [],
  )
})

test('many segments that fit nowhere do not make a plan long', () => {
  const segments = Array.from({ length: 20_000 }, (_, at) => segment(`a@${at} hdd 500`))
  const paths = [path('nvme', 0, 0, 800), path('hdd', 1, 900)]
  let looks = 0
  const index = new SegmentIndex(['NVME', 'HDD'])
  for (const one of segments) {
    const sizeBytes = (): number => (looks += 1) && one.sizeBytes
    index.put(Object.defineProperty({ ...one }, 'sizeBytes', { get: sizeBytes }), {}, NOW_MS)
  }
  looks = 0
  const tiers = ['NVME', 'HDD'] as const
  expect(said(plan(paths, [], { tiers, segments: index }))).toEqual([])
  expect(looks).toBeLessThan(200)
})

test('a threshold near the end is as one that leaves room to drain', () => {
  const near = policyOptions({ threshold: 1, lowWatermark: 0.9, promoteBelow: 0.5 })
  expect(near).toMatchObject({ threshold: 0.9, lowWatermark: 0.81, promoteBelow: 0.45 })
  expect(policyOptions({ threshold: 0.9 }).threshold).toBe(0.9)
})

test('options that make no sense are refused, all at once', () => {
  const wrong = { threshold: 1.5, lowWatermark: -1, promoteBelow: 2, fullShare: 0, movesPerPath: 0 }
  expect(() => policyOptions(wrong)).toThrow(
    /^threshold is 1.5.*\nlow watermark.*\npromote below is 2.*\nfull share.*\nmoves per path/,
  )
  expect(() => policyOptions({ threshold: 0.5, lowWatermark: 0.5 })).toThrow('below the threshold')
  expect(policyOptions({ threshold: 0 })).toMatchObject({ lowWatermark: 0, promoteBelow: 0 })
})
