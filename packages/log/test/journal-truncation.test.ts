import { expect, test } from 'vitest'

import { Life } from './life.ts'
import { readAll } from './test-store.ts'

const INDEX = '/data/topic-0/00000000000000000000.index'
const ENTRY_BYTES = 8

test.each(['kill', 'power cut'])(
  'a log that was cut stays so, and no shorter, after a %s',
  async (how) => {
    for (let seed = 1; seed <= 10; seed++) {
      const life = await Life.begin({ channel: 'journal', config: { segmentBytes: 500 } })
      await life.acknowledged(20)
      if (seed % 2 === 0) await life.store.checkpoint()
      await life.acknowledged(10)
      await life.log.truncateTo(17)
      const before = await readAll(life.log)
      if (how === 'kill') await life.kill()
      else await life.cutPower(seed)
      expect([seed, life.endOffset]).toEqual([seed, 17])
      expect((await readAll(life.log)).equals(before)).toBe(true)
      await life.acknowledged(5)
      await life.kill()
      expect([seed, life.endOffset]).toEqual([seed, 22])
    }
  },
)

test('a cut that a power cut comes upon is whole, or never was', async () => {
  const ends = new Set<number>()
  for (let turns = 0; turns < 60; turns++) {
    const life = await Life.begin({ channel: 'journal', config: { segmentBytes: 500 } })
    await life.acknowledged(20)
    if (turns % 2 === 0) await life.store.checkpoint()
    await life.acknowledged(10)
    const before = await readAll(life.log)
    const cutting = life.log.truncateTo(17).catch(() => undefined)
    for (let left = turns; left > 0; left--) await new Promise((done) => setImmediate(done))
    await life.cutPower(turns)
    void cutting
    ends.add(life.endOffset)
    const served = await readAll(life.log)
    expect(served.equals(before.subarray(0, served.length))).toBe(true)
    await life.acknowledged(5) // of the producer that goes on there
  }
  expect(ends).toEqual(new Set([17, 30]))
})

test('nor does a torn index make it shorter, or forget a producer', async () => {
  for (const shift of [-1, 7, 5000]) {
    const life = await Life.begin({ channel: 'journal', config: { indexIntervalBytes: 100 } })
    await life.acknowledged(10)
    await life.store.close() // a file tells of the producer there
    await life.kill()
    await life.acknowledged(20)
    await life.store.checkpoint()
    const before = await readAll(life.log)
    const index = Buffer.from(life.disk.readFile(INDEX) ?? [])
    expect(index.length).toBeGreaterThan(2 * ENTRY_BYTES)
    for (let at = 4; at < index.length; at += ENTRY_BYTES) {
      index.writeInt32BE(index.readInt32BE(at) + shift, at)
    }
    life.disk.writeFile(INDEX, index)
    await life.kill()
    await life.log.truncateTo(17)
    for (let start = 0; start < 2; start++) {
      const served = await readAll(life.log)
      expect([shift, life.endOffset]).toEqual([shift, 17])
      expect(served).toHaveLength((before.length * 17) / 30)
      expect(served.equals(before.subarray(0, served.length))).toBe(true)
      expect(life.log.producers().map(({ lastSequence }) => lastSequence)).toEqual([16])
      await life.kill()
    }
  }
})
