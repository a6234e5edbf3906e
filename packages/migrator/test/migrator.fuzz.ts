import { HOUR_MS, type Random } from '@pafka/base'
import type { Fuzz } from '@pafka/testing'

import { Story } from './story.ts'

export const fuzzes: readonly Fuzz[] = [{ name: 'migrate on bad days', run: badDays }]

const STEPS = 40
const PATHS = ['pmem', 'ssd1', 'ssd2', 'hdd'] as const
const CALLS = ['begin', 'read', 'write', 'sync', 'read-back', 'commit'] as const
const FAULTS = ['EIO', 'ENOSPC', 'short', 'wrong'] as const

/**
 * Whatever fails, hangs, goes or crashes: after each step every segment has one valid copy, and
 * once all is well again nothing is under way, waits, or was forgotten.
 */
async function badDays(random: Random): Promise<void> {
  const story = new Story()
  const sizes = ['400K', '500K', '300K', '4M']
  await story.do(`path pmem PMEM ${sizes[0]}`)
  await story.do(`path ssd1 SSD ${sizes[1]}`)
  await story.do(`path ssd2 SSD ${sizes[2]}`)
  await story.do(`path hdd HDD ${sizes[3]}`)
  await story.do('piece 8K')
  await story.do(`threads ${1 + random.below(3)}`)
  if (random.below(3) === 0) await story.do('limit 40K')
  await story.do('start')
  for (let step = 0; step < STEPS; step++) await story.do(nextLine(story, random, step))
  for (const path of PATHS) {
    for (const line of [`heal ${path}`, `free ${path}`, `online ${path}`]) await story.do(line)
  }
  for (const name of story.world.stories.keys()) await story.do(`leave ${name}`)
  for (let left = 4; left > 0; left--) await story.tick(HOUR_MS)
  await story.do('show use')
  const figures = story.migrator?.figures
  if (figures?.underWay !== 0 || figures.waiting !== 0) throw new Error('it never came to rest')
  if (figures.segments !== story.world.stories.size) throw new Error('a segment was forgotten')
  if (figures.excessBytes > 0) throw new Error('a tier is too full, and there was room')
  if ((await story.migrator?.stop()) !== true) throw new Error('it did not stop')
}

function nextLine(story: Story, random: Random, step: number): string {
  const path = oneOf(random, PATHS)
  const names = [...story.world.stories.keys()]
  const name = names[random.below(names.length)]
  const what = random.below(20)
  if (what < 7 || name === undefined) return sealed(story, random, step)
  if (what === 7) return `delete ${name}`
  if (what === 8) return `reader on ${name}`
  if (what === 9) return `leave ${name}`
  if (what === 10) return `heat ${name} ${random.below(9)}`
  if (what === 11) return `fail ${oneOf(random, CALLS)} on ${path} ${oneOf(random, FAULTS)}`
  if (what === 12) return `heal ${path}`
  if (what === 13) return `hold ${oneOf(random, CALLS)} on ${path}`
  if (what === 14) return `free ${path}`
  if (what === 15) return `${oneOf(random, ['online', 'offline'])} ${path}`
  if (what === 16) return random.below(3) === 0 ? 'crash' : `commits ${random.below(30)}ms 1M`
  return `tick ${1 + random.below(20)}s`
}

/** On the fastest path that has room for it, as the log would. */
function sealed(story: Story, random: Random, step: number): string {
  const sizeBytes = 1 + random.below(60_000)
  const path = story.world.paths().find(({ capacityBytes, usedBytes, id }) => {
    const spare = id === 'pmem' ? 0 : 100_000 // for what is on its way there
    return usedBytes + sizeBytes + spare < capacityBytes
  })
  return path === undefined ? 'tick 1s' : `seal t-0@${step} ${sizeBytes} on ${path.id}`
}

function oneOf<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)] as T
}
