import { KIB, MIB } from '@pafka/base'
import { beforeEach, describe, expect, test } from 'vitest'

import {
  AGE_MS,
  BehindStage,
  type BehindLog,
  COMFORTABLE_BYTES,
  LIMIT_BYTES,
} from '../../test/behind-stage.ts'

const SMALL = 10 * KIB

let stage: BehindStage

beforeEach(() => {
  stage = new BehindStage()
})

test('nobody while all are held back, but for those that somebody waits for', () => {
  const [a, b] = stage.logs('ab') as [BehindLog, BehindLog]
  stage.queue.holdBack(true)
  a.add(4 * MIB)
  b.add(MIB)
  expect(stage.started).toEqual([])
  void stage.queue.drainTo(1)
  expect(stage.started).toEqual(['a'])
  stage.queue.holdBack(false)
  expect(stage.started).toEqual(['a', 'b'])
})

describe('who is next', () => {
  test('few bytes of a log wait for company', () => {
    const [a, b] = stage.logs('ab')
    a?.add(SMALL)
    b?.add(MIB - 1)
    a?.add(SMALL)
    expect([stage.started, stage.queue.waitingBytes]).toEqual([[], MIB - 1 + 2 * SMALL])
  })

  test('a log that has a piece together is written, not all of it need be', () => {
    const a = stage.log('a')
    a.add(MIB - 1)
    a.add(1)
    expect([stage.started, a.wanted]).toEqual([['a'], [-1]])
    a.finish()
    expect([stage.queue.waitingBytes, stage.started]).toEqual([0, ['a']])
  })

  test('two at a time, the others in the order in which they became ready', () => {
    const logs = stage.logs('abcde')
    for (const log of logs.toReversed()) log.add(MIB)
    expect(stage.started.join('')).toBe('ed')
    for (const at of [3, 4, 2, 0, 1]) logs[at]?.finish()
    expect(stage.started.join('')).toBe('edcba')
    expect(stage.queue.waitingBytes).toBe(0)
  })

  test('a log is not written twice at the same time, but again when it ended', () => {
    const a = stage.log('a')
    a.add(MIB)
    a.add(3 * MIB)
    expect(stage.started.join('')).toBe('a')
    a.finish(1)
    expect(stage.started.join('')).toBe('aa')
    a.finish()
    expect(stage.queue.waitingBytes).toBe(0)
  })

  test('crowded, the log that waits longest, with all it has gathered since', () => {
    const logs = stage.logs('abcdefgh')
    const share = COMFORTABLE_BYTES / 8
    for (const log of logs) log.add(share)
    expect([stage.started, stage.queue.waitingBytes]).toEqual([[], COMFORTABLE_BYTES])
    logs[0]?.add(1)
    expect([stage.started.join(''), logs[0]?.wanted]).toEqual(['ab', [-1]])
    logs[0]?.finish()
    logs[1]?.finish()
    expect(stage.started.join('')).toBe('ab') // comfortable again
    logs[7]?.add(share - 1)
    logs[6]?.add(share - 1)
    logs[0]?.add(3)
    expect(stage.started.join('')).toBe('abcd')
  })

  test('crowded, pieces that are ready come before the oldest', () => {
    const logs = stage.logs('abcdefg')
    for (const log of logs.slice(0, 5)) log.add(700 * KIB)
    const [, , , , , f, g] = logs
    f?.add(MIB)
    g?.add(MIB)
    expect(stage.started.join('')).toBe('fa')
    f?.finish()
    expect(stage.started.join('')).toBe('fag')
  })
})

test('more at a time when it is crowded, two again when it is not', () => {
  stage = new BehindStage(4)
  const logs = stage.logs('abcdefgh')
  for (const log of logs.slice(0, 4)) log.add(MIB)
  expect(stage.started.join('')).toBe('ab')
  for (const log of logs.slice(4)) log.add(MIB)
  expect(stage.started.join('')).toBe('abcd')
  for (const log of logs.slice(0, 3)) log.finish()
  expect(stage.started.join('')).toBe('abcdefg')
  for (const log of logs.slice(3, 5)) log.finish()
  expect(stage.started.join('')).toBe('abcdefg') // comfortable: two are in flight
  logs[5]?.finish()
  expect(stage.started.join('')).toBe('abcdefgh')
})

describe('who is in a hurry, and who is not', () => {
  test('who has some left waits behind those who waited all the time', () => {
    const [a] = stage.logs('abcde').map((log) => {
      if (log.name === 'a') log.add(SMALL)
      log.add(900 * KIB)
      return log
    })
    expect(stage.started.join('')).toBe('ab')
    a?.finish(1)
    expect([stage.queue.waitingBytes, stage.started.join('')]).toEqual([4500 * KIB, 'abc'])
  })

  test('hurried ones come first, whole, however few bytes they have', () => {
    const logs = stage.logs('abcd')
    const [a, b, c, d] = logs
    a?.add(MIB)
    b?.add(MIB)
    c?.add(MIB)
    d?.add(SMALL)
    stage.queue.hurry(d as BehindLog)
    expect(stage.started.join('')).toBe('ab')
    a?.finish()
    expect([stage.started.join(''), d?.wanted]).toEqual(['abd', [Number.POSITIVE_INFINITY]])
    d?.finish()
    expect(stage.started.join('')).toBe('abdc')
  })

  test('who is hurried and has nothing is asked once', () => {
    const a = stage.log('a')
    stage.queue.hurry(a)
    expect(stage.started.join('')).toBe('a')
    a.add(SMALL)
    expect(stage.started.join('')).toBe('a') // it is not in a hurry any more
  })

  test('a closed queue begins nothing', () => {
    const a = stage.log('a')
    a.add(SMALL)
    stage.queue.close()
    a.add(2 * MIB)
    stage.queue.hurry(a)
    stage.clock.advance(10 * AGE_MS)
    expect(stage.started).toEqual([])
  })
})

test('who is stored for a drain must store what it waits for, and may store more', async () => {
  const [a, b] = stage.logs('ab') as [BehindLog, BehindLog]
  a.add(SMALL)
  b.add(SMALL)
  const drained = stage.queue.drainTo(2)
  a.add(SMALL)
  expect([a.wanted, b.wanted]).toEqual([[2], [2]])
  stage.queue.hurry(b)
  for (const log of [a, b]) log.finish(1)
  expect(stage.queue.waitingBytes).toBe(SMALL)
  await drained
})

describe('pressure', () => {
  test('is 1 when as much waits as may, and falls when it is stored', () => {
    const a = stage.log('a')
    const half = (LIMIT_BYTES - COMFORTABLE_BYTES) / 2
    a.add(COMFORTABLE_BYTES + half)
    expect(stage.queue.pressure).toBe(0.5)
    a.add(half)
    expect(stage.queue.pressure).toBe(1)
    a.finish(1)
    expect(stage.queue.pressure).toBe((half - COMFORTABLE_BYTES) / (2 * half))
  })

  test('is 0 while no more waits than is comfortable, where many logs keep it', () => {
    const a = stage.log('a')
    a.add(COMFORTABLE_BYTES)
    expect([stage.queue.waitingBytes, stage.queue.pressure]).toEqual([COMFORTABLE_BYTES, 0])
  })

  test('no more is stored than waited', () => {
    const a = stage.log('a')
    a.add(MIB)
    a.waiting.push({ sequence: 2, bytes: 1 })
    expect(() => a.finish()).toThrow('no more is stored than waited')
  })
})

describe('a log that is forgotten', () => {
  test('is asked no more, and its lane is free when its store ended', () => {
    const [a, b, c] = stage.logs('abc') as [BehindLog, BehindLog, BehindLog]
    for (const log of [a, b, c]) log.add(MIB)
    a.waiting = []
    stage.queue.forget(a, MIB)
    expect([stage.queue.waitingBytes, stage.started.join('')]).toEqual([2 * MIB, 'ab'])
    a.finish(0)
    expect(stage.started.join('')).toBe('abc')
    stage.queue.forget(a, MIB) // again: it is not known
    expect(stage.queue.waitingBytes).toBe(2 * MIB)
  })

  test('is known again when it has more', () => {
    const a = stage.log('a')
    a.add(MIB)
    a.waiting = []
    stage.queue.forget(a, MIB)
    a.finish(0)
    a.add(MIB)
    expect([stage.queue.waitingBytes, stage.started.join('')]).toEqual([MIB, 'aa'])
    a.finish()
    expect(stage.queue.waitingBytes).toBe(0)
  })
})

describe('a log that could not be written', () => {
  test('rests for a second, and the others go on', () => {
    const [a, b, c] = stage.logs('abc') as [BehindLog, BehindLog, BehindLog]
    a.add(MIB)
    b.add(MIB)
    stage.queue.later(a, new Error('ENOSPC'))
    a.finish(0)
    stage.queue.hurry(a)
    expect(stage.started.join('')).toBe('ab')
    c.add(MIB)
    expect(stage.started.join('')).toBe('abc')
    b.finish()
    stage.clock.advance(1000)
    expect(stage.started.join('')).toBe('abca')
    a.finish()
    c.finish()
    expect(stage.queue.waitingBytes).toBe(0)
  })
})
