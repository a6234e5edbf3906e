import { type Logger, seededRandom, silentLogger } from '@pafka/base'

import { verifyAll } from './power-cut-check.ts'
import { damageRing, damageSegment, diskFull, shortWrites, slowDevice } from './power-cut-faults.ts'
import { dieWhileOpening, restart } from './power-cut-restart.ts'
import { migrate, spill } from './power-cut-moves.ts'
import {
  age,
  append,
  checkpoint,
  compact,
  deleteRecords,
  flush,
  recreate,
  resend,
  retain,
  settle,
  transact,
  truncate,
} from './power-cut-steps.ts'
import { type World, begin, within } from './power-cut-world.ts'

const LEAST_STEPS = 12

/**
 * One random history of a store with a small ring: appends to several partitions, checkpoints,
 * faults, and power cuts after which any part of what was not synced is there. Throws when a
 * promise was broken. The same seed gives the same history.
 */
export async function runHistory(seed: number, logger: Logger = silentLogger): Promise<void> {
  const random = seededRandom(seed)
  const world = await begin(random, logger)
  for (let left = LEAST_STEPS + random.below(20); left > 0; left--) {
    const step = STEPS[random.below(STEPS.length)] as Step
    logger.debug('step', { name: step.name })
    await step(world)
  }
  await restart(world, 'power')
  await verifyAll(world)
  await within(world.store.close(), 'close')
}

type Step = (world: World) => Promise<void>

const STEPS: readonly Step[] = [
  append,
  append,
  append,
  append,
  append,
  append,
  transact,
  transact,
  transact,
  transact,
  settle,
  settle,
  resend,
  age,
  checkpoint,
  deleteRecords,
  recreate,
  flush,
  retain,
  truncate,
  truncate,
  compact,
  migrate,
  migrate,
  spill,
  shortWrites,
  slowDevice,
  diskFull,
  damageRing,
  damageSegment,
  kill,
  cutPower,
  cutPower,
  close,
  dieWhileOpening,
]

function kill(world: World): Promise<void> {
  return restart(world, 'kill')
}

function cutPower(world: World): Promise<void> {
  return restart(world, 'power')
}

function close(world: World): Promise<void> {
  return restart(world, 'close')
}
