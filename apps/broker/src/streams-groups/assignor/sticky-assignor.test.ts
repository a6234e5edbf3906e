import { assert, type Random, seededRandom } from '@pafka/base'
import { describe, expect, test } from 'vitest'

import type { ConfiguredSubtopology } from '../configured-topology.ts'
import { NO_TASKS, type Tasks } from '../tasks.ts'
import { assignTasks, type TaskMember } from './sticky-assignor.ts'

function subtopology(
  subtopologyId: string,
  tasks: number,
  isStateful = false,
): ConfiguredSubtopology {
  return { subtopologyId, tasks, isStateful }
}

/** `a@p` is member a of process p. */
function members(named: string, before: ReadonlyMap<string, Tasks> = new Map()): TaskMember[] {
  return named.split(' ').map((one) => {
    const [memberId = '', processId = memberId] = one.split('@')
    return { memberId, processId, before: before.get(memberId) ?? NO_TASKS }
  })
}

function text(assigned: ReadonlyMap<string, Tasks>): string {
  const listed = ({ active, standby }: Tasks): string => {
    const ofRole = (tasks: Tasks['active'], mark: string): string[] =>
      [...tasks].map(([id, partitions]) => `${mark}${id}:${partitions.join(',')}`).toSorted()
    return [...ofRole(active, ''), ...ofRole(standby, '~')].join(' ')
  }
  return [...assigned].map(([memberId, tasks]) => `${memberId} [${listed(tasks)}]`).join(' ')
}

describe('active tasks', () => {
  test('are ranges where nobody had any', () => {
    const subtopologies = [subtopology('0', 4), subtopology('1', 2)]
    const assigned = assignTasks({ subtopologies, members: members('a b'), standbyReplicas: 0 })
    expect(text(assigned)).toBe('a [0:0,2 1:0] b [0:1,3 1:1]')
  })

  test('stay where they were, and one that comes gets its share of them', () => {
    const subtopologies = [subtopology('0', 6)]
    const first = assignTasks({ subtopologies, members: members('a b'), standbyReplicas: 0 })
    const more = members('a b c', first)
    const second = assignTasks({ subtopologies, members: more, standbyReplicas: 0 })
    expect(text(second)).toBe('a [0:0,2] b [0:1,3] c [0:4,5]')
  })

  test('are spread over processes before they are over members of one', () => {
    const subtopologies = [subtopology('0', 3)]
    const wanted = { subtopologies, members: members('a@p b@p c@q'), standbyReplicas: 0 }
    expect(text(assignTasks(wanted))).toBe('a [0:0] b [0:2] c [0:1]')
  })

  test('go to who has a copy of their state when their member is gone', () => {
    const subtopologies = [subtopology('0', 1, true)]
    const two = assignTasks({ subtopologies, members: members('a c'), standbyReplicas: 1 })
    expect(text(two)).toBe('a [0:0] c [~0:0]')
    const others = members('b c', two)
    const left = assignTasks({ subtopologies, members: others, standbyReplicas: 1 })
    expect(text(left)).toBe('b [~0:0] c [0:0]')
  })
})

describe('standby tasks', () => {
  test('are none of stateless subtopologies', () => {
    const subtopologies = [subtopology('0', 2), subtopology('1', 2, true)]
    const assigned = assignTasks({ subtopologies, members: members('a b'), standbyReplicas: 1 })
    expect(text(assigned)).toBe('a [0:0 1:0 ~1:1] b [0:1 1:1 ~1:0]')
  })

  test('are fewer where there are too few processes', () => {
    const subtopologies = [subtopology('0', 1, true)]
    const alone = { subtopologies, members: members('a@p b@p'), standbyReplicas: 2 }
    expect(text(assignTasks(alone))).toBe('a [0:0] b []')
    const two = { subtopologies, members: members('a@p b@q'), standbyReplicas: 2 }
    expect(text(assignTasks(two))).toBe('a [0:0] b [~0:0]')
  })
})

test('nobody gets anything where there is nobody, or nothing', () => {
  const subtopologies = [subtopology('0', 3, true)]
  expect(assignTasks({ subtopologies, members: [], standbyReplicas: 1 }).size).toBe(0)
  const none = assignTasks({ subtopologies: [], members: members('a'), standbyReplicas: 1 })
  expect(text(none)).toBe('a []')
})

const SEEDS = 300

test('whoever comes and goes, each task is active once and members have as many', () => {
  const first = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    try {
      play(seededRandom(seed))
    } catch (error) {
      throw new Error(`replay with PAFKA_SEED=${seed}`, { cause: error })
    }
  }
})

function play(random: Random): void {
  const subtopologies = Array.from({ length: 1 + random.below(3) }, (_, at) =>
    subtopology(String(at), 1 + random.below(6), random.below(2) === 0),
  )
  const standbyReplicas = random.below(3)
  const processes = random.below(2) === 0 ? 3 : 8
  let before: ReadonlyMap<string, Tasks> = new Map()
  for (let round = 0; round < 6; round += 1) {
    const names = Array.from({ length: 8 }, (_, at) => `m${at}@p${at % processes}`)
    const here = names.filter(() => random.below(2) === 0)
    if (here.length === 0) continue
    const wanted = { subtopologies, members: members(here.join(' '), before), standbyReplicas }
    before = assignTasks(wanted)
    check(before, wanted)
    const shuffled = { ...wanted, members: wanted.members.toReversed() }
    expect(text(assignTasks(shuffled))).toBe(text(before))
    // no active task moves without a reason; members of one process may even out first
    if (processes < 8) continue
    const again = { ...wanted, members: members(here.join(' '), before) }
    const second = assignTasks(again)
    for (const [memberId, { active }] of before) {
      expect(second.get(memberId)?.active, memberId).toEqual(active)
    }
  }
}

function check(
  assigned: ReadonlyMap<string, Tasks>,
  { subtopologies, members: here }: Parameters<typeof assignTasks>[0],
): void {
  const places = new Map<string, string>()
  const inProcess = new Set<string>()
  for (const [memberId, { active, standby }] of assigned) {
    const process = here.find((one) => one.memberId === memberId)?.processId
    const running = namesOf(active)
    for (const task of [...running, ...namesOf(standby)]) {
      assert(!inProcess.has(`${process} ${task}`), 'a process has a task once')
      inProcess.add(`${process} ${task}`)
    }
    for (const task of running) {
      assert(!places.has(task), 'a task is active once')
      places.set(task, memberId)
    }
  }
  const total = subtopologies.reduce((sum, { tasks }) => sum + tasks, 0)
  assert(places.size === total, 'each task is active')
  const counts = [...assigned.values()].map(({ active }) =>
    [...active.values()].reduce((sum, partitions) => sum + partitions.length, 0),
  )
  assert(Math.max(...counts) <= Math.ceil(total / counts.length) + 1, 'no member has many more')
}

function namesOf(tasks: Tasks['active']): string[] {
  return [...tasks].flatMap(([id, partitions]) => partitions.map((one) => `${id}_${one}`))
}
