import { diskError } from '@pafka/log'

import { bury, find, verifyAll } from './power-cut-check.ts'
import { fail } from './sent-log.ts'
import { type Accident, type World, open, turns, within } from './power-cut-world.ts'

export async function restart(world: World, how: Accident): Promise<void> {
  world.logger.debug('restart', { how })
  await stop(world, how)
  await reopen(world, how === 'power' ? 'power' : 'kill')
}

/** An accident also happens while the store recovers from one. */
export async function dieWhileOpening(world: World): Promise<void> {
  const { random } = world
  await stop(world, 'power')
  let left = random.below(60)
  world.disk.fault = (operation, path) => {
    return operation === 'sync' || left-- > 0 ? undefined : diskError('EIO', path)
  }
  const opening = open({ ...world, topics: world.topics })
  await within(
    opening.then(() => turns(random.below(10))).catch(() => undefined),
    'open',
  )
  await stop(world, 'power')
  await reopen(world, 'power')
}

async function stop(world: World, how: Accident): Promise<void> {
  if (how === 'close') await within(world.store.close(), 'close')
  const { hasDirectIo } = world.disk
  world.disk = how === 'power' ? world.disk.cutPower(world.random) : world.disk.kill()
  world.disk.hasDirectIo = hasDirectIo
}

/** A folder that power loss took was not needed, or the journal has it all. */
function checkNoneMissed({ topics, store }: World): void {
  for (const { name, partitions } of topics) {
    for (const { topicId, partition } of partitions) {
      if (store.isMissed(name, topicId, partition)) fail(`${name}-${partition} is missed`)
    }
  }
}

function changeChannel(world: World): void {
  const { random } = world
  if (world.hasFileLives) world.channel = random.below(2) === 0 ? 'file' : 'journal'
  if (!world.disk.isPersistentMemory) return
  if (random.below(4) === 0) world.channel = 'journal'
  else if (!world.hasFileLives || random.below(2) === 0) world.channel = 'pmem'
}

async function reopen(world: World, accident: 'kill' | 'power'): Promise<void> {
  changeChannel(world)
  world.isBroken = false
  world.store = await within(open({ ...world, topics: world.topics }), 'open')
  checkNoneMissed(world)
  for (const log of world.store.logs()) world.homes.set(`${log.topic}-${log.partition}`, log.dir)
  for (const topic of world.topics) await find(world, topic, accident)
  for (const log of world.store.logs()) {
    const topic = world.topics.find(({ name }) => name === log.topic)
    const isKnown = topic?.partitions.some((one) => one.partition === log.partition)
    if (isKnown !== true) await bury(world, log)
  }
  await verifyAll(world)
}
