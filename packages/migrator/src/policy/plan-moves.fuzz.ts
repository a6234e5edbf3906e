import type { Random } from '@pafka/base'
import type { Fuzz } from '@pafka/testing'

import { checkPlan, PolicyWorld } from './policy-test-world.ts'

export const fuzzes: readonly Fuzz[] = [
  { name: 'plan moves while segments come, go and fail', run: plansOfAllKinds },
  { name: 'plan moves until there is rest', run: rest },
]

const STEPS = 60

/** Whatever happens, no plan breaks a rule. */
function plansOfAllKinds(random: Random): void {
  const world = new PolicyWorld(random, { hasWishes: true })
  for (let step = 0; step < STEPS; step++) {
    world.changeSomething()
    const plan = world.plan(1 + random.below(8))
    checkPlan(world, plan)
    world.begin(plan)
    world.endSome()
  }
}

/** With unchanged load, plans end, and nothing that was brought up has to go down again. */
function rest(random: Random): void {
  const hasWishes = random.below(2) === 0
  const world = new PolicyWorld(random, { hasWishes })
  const limit = 1 + random.below(5)
  const promoted = new Set<string>()
  let left = world.segments.length * world.tiers.length * 3 + 1
  for (;;) {
    const plan = world.plan(limit)
    checkPlan(world, plan)
    if (plan.moves.length === 0 && world.underWay.length === 0) break
    for (const { segment, reason } of plan.moves) {
      const name = `${segment.pathId} ${segment.topic} ${segment.baseOffset}`
      if (reason === 'demote' && promoted.has(name) && !hasWishes) {
        throw new Error(`${name} was brought up and has to go down again`)
      }
    }
    for (const { segment, toPathId, reason } of plan.moves) {
      if (reason === 'promote') promoted.add(`${toPathId} ${segment.topic} ${segment.baseOffset}`)
    }
    world.begin(plan)
    if (plan.moves.length === 0 || random.below(2) === 0) world.endOne()
    left -= plan.moves.length
    if (left < 0) throw new Error('it never comes to rest')
  }
  const { draining } = world.plan(1)
  const isOff = world.options.threshold < 0
  for (const { id, tier, isOnline, usedBytes, capacityBytes } of world.paths) {
    if (isOff || !isOnline || tier === world.tiers.length - 1 || draining.has(id)) continue
    const share = usedBytes / capacityBytes
    if (share > world.options.threshold + 1e-6) throw new Error(`path ${id} rests at ${share}`)
  }
}
