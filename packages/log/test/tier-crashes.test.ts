import { KIB, seededRandom } from '@pafka/base'
import { type LogStore, SimulatedDisk, type TierSegment } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { describe, expect, test } from 'vitest'

import { turns } from './power-cut-world.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overEachChannel, readAll } from './test-store.ts'
import { idOf, moveAll, moveSegment } from './tier-stage.ts'

const MOUNTS = ['/fast', '/slow', '/slower']
const CONFIG = { segmentBytes: 300, indexIntervalBytes: 100 }
/** Each of many stores prepares its own. */
const PIECE_BYTES = 64 * KIB
const SMALL_JOURNAL = {
  ...{ folder: '/fast/journal', pieceBytes: PIECE_BYTES },
  ...{ limitBytes: 4 * PIECE_BYTES, tailBytes: 8 * PIECE_BYTES },
}
/** More turns than a move takes. */
const TURNS = 12
const CUTS = 10
/** So many turns are a test: each of them is a store that is opened, and opened again. */
const GROUP = 3
const GROUPS = Array.from({ length: TURNS / GROUP }, (_, at) => {
  return [at * GROUP, at * GROUP + GROUP - 1] as const
})

interface Scene {
  readonly disk: SimulatedDisk
  readonly store: LogStore
  readonly bytes: Buffer
  readonly segment: TierSegment
}

function open(disk: SimulatedDisk): Promise<LogStore> {
  const clock = new ManualClock(TIME_MS)
  const store = { dirs: MOUNTS, journal: SMALL_JOURNAL }
  return openStore({ files: disk, clock, config: CONFIG, dir: '/fast', store })
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
  describe.each([
    ['/fast', '/slow'],
    ['/slow', '/slower'],
    ['/slow', '/fast'],
  ])('after a crash on the way from %s to %s', (from, to) => {
    test.each(GROUPS)('in turns %i to %i one copy counts, and is whole', async (first, last) => {
      const ended: boolean[] = []
      for (let turn = first; turn <= last; turn++) {
        for (let seed = 0; seed < CUTS; seed++) {
          ended.push(await survives(from, to, { turn, seed }))
        }
      }
      // a move takes more than half of the turns, and less than all
      if (last < TURNS / 2) expect(ended).not.toContain(true)
      if (last === TURNS - 1) expect(ended).toContain(true)
    })
  })
})
