import { expect, test } from 'vitest'

import { Life } from './life.ts'

test.each([true, false])(
  'a flush behind a checkpoint outlives a power cut, with direct I/O: %s',
  async (hasDirectIo) => {
    const ends: number[] = []
    for (let seed = 1; seed <= 20; seed++) {
      const life = await Life.begin({ channel: 'journal', config: { flushMs: 1000 }, hasDirectIo })
      await life.acknowledged(2)
      await life.store.checkpoint()
      await life.acknowledged(6)
      await life.log.flush()
      expect(life.log.describe().recoveryPoint).toBe(8)
      await life.acknowledged(3)
      await life.cutPower(seed)
      ends.push(life.endOffset)
    }
    expect(Math.min(...ends), ends.join()).toBeGreaterThanOrEqual(8)
    expect(Math.min(...ends), ends.join()).toBeLessThan(11)
  },
)
