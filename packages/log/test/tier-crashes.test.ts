import { seededRandom } from '@pafka/base'
import { type LogStore, SimulatedDisk, type TierSegment } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { turns } from './power-cut-world.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overEachChannel, readAll } from './test-store.ts'
import { idOf, moveAll, moveSegment } from './tier-stage.ts'

const MOUNTS = ['/fast', '/slow', '/slower']
const CONFIG = { segmentBytes: 300, indexIntervalBytes: 100 }
/** More turns than a move takes. */
const TURNS = 12
const CUTS = 10

interface Scene {
  readonly disk: SimulatedDisk
  readonly store: LogStore
  readonly bytes: Buffer
  readonly segment: TierSegment
}

function open(disk: SimulatedDisk): Promise<LogStore> {
  const clock = new ManualClock(TIME_MS)
  return openStore({ files: disk, clock, config: CONFIG, dir: '/fast', store: { dirs: MOUNTS } })
}

/** A log of several segments, all that may be moved in one dir. */
async function begin(from: string): Promise<Scene> {
  const disk = SimulatedDisk.create()
  disk.mounts = MOUNTS
  disk.hasSlowNames = true
  const store = await open(disk)
  const log = createLog(store, CONFIG)
  for (let at = 0; at < 7; at++) log.appendAsLeader(batchOf(numbered(1, 0, TIME_MS)), CLIENT)
  await committed(log)
  await store.flush()
  await store.checkpoint()
  await moveAll(store, idOf(store, from))
  const [segment] = store.tiers.segments()
  if (segment === undefined) throw new Error('nothing to move')
  return { disk, store, bytes: await readAll(log), segment }
}

/** Names of log files of a segment, in all dirs. */
function copiesOf(disk: SimulatedDisk, { baseOffset }: TierSegment): string[] {
  const name = `${String(baseOffset).padStart(20, '0')}.log`
  const folders = ['/fast/topic-0', ...MOUNTS.map((dir) => `${dir}/moved/topic-0`)]
  const there = folders.filter((folder) => disk.stat(folder) !== undefined)
  return there.flatMap((folder) =>
    disk
      .list(folder)
      .filter((one) => one.startsWith(name))
      .map((one) => `${folder}/${one}`),
  )
}

async function survives(
  from: string,
  to: string,
  cut: { turn: number; seed: number },
): Promise<boolean> {
  const { disk, store, bytes, segment } = await begin(from)
  let isDone = false
  const moving = moveSegment(store, segment, idOf(store, to)).then(
    () => (isDone = true),
    () => undefined, // of a disk that is gone
  )
  await turns(cut.turn)
  const isEnded = isDone
  const next =
    cut.seed === 0 ? disk.kill() : disk.cutPower(seededRandom(cut.seed * TURNS + cut.turn))
  await moving
  const again = await open(next)
  const log = again.get('topic', 0)
  const where = `${from} -> ${to}, turn ${cut.turn}, seed ${cut.seed}`
  expect(log && (await readAll(log)), where).toEqual(bytes)
  expect(copiesOf(next, segment), where).toHaveLength(1)
  if (isEnded) expect(copiesOf(next, segment)[0], where).toContain(to)
  await again.close()
  return isEnded
}

overEachChannel(() => {
  test.each([
    ['/fast', '/slow'],
    ['/slow', '/slower'],
    ['/slow', '/fast'],
  ])('after a crash at any step from %s to %s one copy counts, and is whole', async (from, to) => {
    let ended = 0
    for (let turn = 0; turn < TURNS; turn++) {
      for (let seed = 0; seed < CUTS; seed++)
        if (await survives(from, to, { turn, seed })) ended += 1
    }
    expect(ended).toBeGreaterThan(0)
    expect(ended).toBeLessThan((TURNS * CUTS) / 2)
  })
})
