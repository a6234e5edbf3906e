import type { Clock } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { topic } from '../topic.ts'
import { TopicDoor } from './topic-door.ts'

test.each([true, false])(
  'where nobody waits any more there is no timer: let in %s',
  async (isIn) => {
    const timers = new Set<object>()
    const time = new ManualClock()
    const clock: Clock = {
      nowMs: () => time.nowMs(),
      monotonicMs: () => time.monotonicMs(),
      setTimer(delayMs, action) {
        const timer = time.setTimer(delayMs, action)
        timers.add(timer)
        return {
          cancel() {
            timers.delete(timer)
            timer.cancel()
          },
        }
      },
    }
    const door = new TopicDoor('t', {
      ...{ clock, signal: new AbortController().signal, deliveryTimeoutMs: 120_000 },
      ...{ enter: () => true, whyNot: () => undefined, refused: () => {} },
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const opened = door.shut(promise)
    const record = { to: topic('t'), record: { value: null }, sinceMs: time.monotonicMs() }
    door.wait({ ...record, resolve: (told) => void Promise.resolve(told).catch(() => {}) })
    expect(timers.size).toBe(1)
    if (isIn) resolve()
    else reject(new Error('there is no such topic'))
    await opened.catch(() => {})
    expect(timers.size).toBe(0)
  },
)
