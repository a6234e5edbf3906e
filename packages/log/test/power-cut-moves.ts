import type { TierSegment } from '@pafka/log'
import { ZERO_UUID } from '@pafka/protocol'

import { verifyAll } from './power-cut-check.ts'
import { restart } from './power-cut-restart.ts'
import { append } from './power-cut-steps.ts'
import { anyPartition, logOf, turns, within, type World } from './power-cut-world.ts'
import { movePartition } from './move-stage.ts'
import { moveSegment } from './tier-stage.ts'

/** Moves segments, or a partition, to other log dirs; an accident may come meanwhile. */
export async function migrate(world: World): Promise<void> {
  const { random, store } = world
  const ids = store.dirs().map(({ directoryId }) => directoryId)
  if (ids.length < 2) return append(world)
  if (random.below(2) === 0) return relocate(world)
  const running = moveSome(world, ids).catch((error: unknown) => {
    if (!world.isBroken && !world.disk.isDead) throw error
  })
  if (random.below(3) > 0) {
    await within(running, 'migration')
    if (random.below(2) === 0) world.clock.advance(0)
    return verifyAll(world)
  }
  running.catch(() => undefined)
  await turns(random.below(60))
  await restart(world, random.below(3) === 0 ? 'kill' : 'power')
}

/** Moves a partition to another log dir; an accident may come meanwhile. */
async function relocate(world: World): Promise<void> {
  const { random, store } = world
  const paths = store.dirs().map(({ path }) => path)
  const [topic, sent] = anyPartition(world)
  const log = logOf(world, topic, sent)
  const path = paths.find((one) => one !== log.dir)
  if (path === undefined || world.isBroken || log.topicId === ZERO_UUID) return append(world)
  const before = (): Promise<void> => turns(random.below(3))
  const running = movePartition(store, log, path, { before })
    .then(() => world.homes.set(`${topic.name}-${sent.partition}`, path))
    .catch((error: unknown) => {
      if (!world.isBroken && !world.disk.isDead) throw error
    })
  if (random.below(2) === 0) await append(world)
  if (random.below(3) > 0) {
    await within(running, 'move')
    if (random.below(2) === 0) world.clock.advance(0)
    return verifyAll(world)
  }
  running.catch(() => undefined)
  await turns(random.below(80))
  await restart(world, random.below(3) === 0 ? 'kill' : 'power')
}

/** New segments begin in another tier from now on, or soon, or not any more. */
export async function spill({ random, store }: World): Promise<void> {
  for (const { id } of store.tiers.paths()) {
    const bytes = random.below(3) === 0 ? Number.POSITIVE_INFINITY : random.below(3) * 1000
    store.tiers.spillAfter(id, bytes)
  }
}

async function moveSome({ random, store }: World, ids: readonly string[]): Promise<void> {
  const wanted: [TierSegment, string][] = []
  for (const segment of store.tiers.segments()) {
    const id = ids[random.below(ids.length)] as string
    if (id !== segment.pathId && random.below(3) > 0) wanted.push([segment, id])
  }
  for (const [segment, id] of wanted) {
    const before = random.below(4) === 0 ? () => turns(random.below(20)) : undefined
    await moveSegment(store, segment, id, before)
  }
}
