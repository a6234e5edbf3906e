import { diskError, type DiskOperation, type LogDirStatus, type PartitionLog } from '@pafka/log'

import { verifyAll } from './power-cut-check.ts'
import { restart } from './power-cut-restart.ts'
import { age, append, checkpoint } from './power-cut-steps.ts'
import { type World, logOf, promiseOf, turns, within } from './power-cut-world.ts'
import { fail } from './sent-log.ts'

export async function shortWrites(world: World): Promise<void> {
  world.disk.longestWriteBytes = 1 + world.random.below(9000)
  await append(world)
  await turns(10)
  world.disk.longestWriteBytes = Number.POSITIVE_INFINITY
  world.clock.advance(1000) // the ring may have taken the disk for full, and asks again
}

export async function slowDevice(world: World): Promise<void> {
  const { disk, random } = world
  const most = 1 + random.below(20)
  disk.slowness = () => 1 + random.below(most)
  await append(world)
  await turns(5)
  if (random.below(2) === 0) disk.slowness = () => 1
}

export async function diskFull(world: World): Promise<void> {
  if (world.channel !== 'journal' || world.isBroken) return
  let left = world.random.below(3)
  world.disk.fault = (operation, path) => {
    // the ring is written where it was written before, and a log has its name, which takes no room
    const isThere = path.endsWith('/ring') || path.endsWith('partition.metadata')
    if (operation !== 'write' || isThere || left-- > 0) return undefined
    return diskError('ENOSPC', path)
  }
  await append(world)
  await age(world)
  await append(world)
  await verifyAll(world)
  if (world.random.below(3) === 0) return restart(world, 'power')
  world.disk.fault = () => undefined
  world.clock.advance(1000)
  await turns(20)
}

export function damageRing(world: World): Promise<void> {
  return damage(world, (path) => path.endsWith('/ring'))
}

/** Of one log dir. */
export function damageSegment(world: World): Promise<void> {
  const dir = world.dirs[world.random.below(world.dirs.length)] as string
  return damage(world, (path) => path.endsWith('.log') && path.startsWith(dir))
}

/** A device fails some of its writes or barriers: nothing acknowledged may be lost. */
async function damage(world: World, isMeant: (path: string) => boolean): Promise<void> {
  if (world.channel !== 'journal' || world.isBroken) return
  const { random, disk } = world
  const operation: DiskOperation = random.below(2) === 0 ? 'write' : 'sync'
  let left = random.below(3)
  let failures = 1 + random.below(3)
  disk.fault = (asked, path) => {
    if (asked !== operation || !isMeant(path) || left-- > 0 || failures-- <= 0) return undefined
    world.isBroken = true
    return diskError('EIO', path)
  }
  for (let rounds = 0; rounds < 3; rounds++) {
    await append(world)
    await age(world)
    if (random.below(2) === 0) void world.store.checkpoint().catch(() => undefined)
  }
  await verifyAll(world)
  await othersGoOn(world)
  disk.fault = () => undefined
  if (!world.isBroken) return
  await append(world)
  if (random.below(2) === 0) await checkpoint(world)
  // a kernel that lost pages still shows them to the next process
  await restart(world, 'power')
}

/** Whether anything of a log lies in a dir: it may have been written to when that failed. */
function liesIn(log: PartitionLog, { path, directoryId }: LogDirStatus): boolean {
  const { segments } = log.parts
  return log.dir === path || segments.all().some(({ moved }) => moved?.directoryId === directoryId)
}

/**
 * A log dir that failed takes no other with it, as long as the journal works.
 * @param triesLeft its disk may have been full before, and is asked again each second
 */
async function othersGoOn(world: World, triesLeft = 5): Promise<void> {
  const { store } = world
  if (store.journal === undefined) return
  const failed = store.dirs().filter(({ isOnline }) => !isOnline)
  if (failed.length === 0) return
  for (const topic of world.topics) {
    for (const sent of topic.partitions) {
      const log = logOf(world, topic, sent)
      if (failed.some((dir) => liesIn(log, dir))) continue
      const endOffset = sent.append(log, [100], promiseOf(world, topic))
      const name = `${topic.name}-${sent.partition}`
      if (endOffset < 0 && triesLeft > 0) {
        world.clock.advance(1000)
        await turns(50)
        return othersGoOn(world, triesLeft - 1)
      }
      if (endOffset < 0) fail(`${name} takes nothing, though its log dir works`)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      log.whenCommitted(endOffset, { committed: () => resolve(), failed: (_, e) => reject(e) })
      await within(promise, `an append to ${name}, whose log dir works,`)
    }
  }
}
