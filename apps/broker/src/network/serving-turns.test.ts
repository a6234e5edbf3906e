import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { ServingTurns, type TurnTaker } from './serving-turns.ts'

const DEAR = 1
const CHEAP = 2
const COST_MS: Readonly<Record<number, number>> = { [DEAR]: 40, [CHEAP]: 0.1 }

/** Wants to serve requests, one after another. */
class Taker implements TurnTaker {
  readonly #stage: Stage
  readonly #name: string
  readonly #wanted: number[] = []

  constructor(stage: Stage, name: string) {
    this.#stage = stage
    this.#name = name
  }

  want(kind: number, times = 1): void {
    for (let left = times; left > 0; left--) this.#wanted.push(kind)
    this.goOn()
  }

  goOn(): void {
    const { turns, clock, served } = this.#stage
    for (;;) {
      const [kind] = this.#wanted
      if (kind === undefined || !turns.mayServe(this, kind)) return
      this.#wanted.shift()
      turns.spend(kind, () => clock.advance(COST_MS[kind] ?? 0))
      served.push(this.#name)
    }
  }
}

class Stage {
  readonly clock = new ManualClock()
  readonly turns = new ServingTurns(this.clock)
  readonly served: string[] = []

  taker(name: string): Taker {
    return new Taker(this, name)
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a kind that was dear for one waits its turn for all, others are served at once', async () => {
  const stage = new Stage()
  for (const name of ['a', 'b', 'c', 'd']) stage.taker(name).want(DEAR, 2)
  const early = stage.served.length
  expect(early).toBeLessThan(4)
  stage.taker('cheap').want(CHEAP)
  await nextTurn()
  expect(stage.served.indexOf('cheap')).toBeLessThanOrEqual(early)
  while (stage.served.length < 9) {
    const before = stage.served.length
    await nextTurn()
    expect(stage.served.length - before).toBeLessThanOrEqual(2)
  }
  expect(stage.served.toSorted()).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'cheap', 'd', 'd'])
})

test('one slow request among quick ones makes nothing dear', async () => {
  const stage = new Stage()
  const taker = stage.taker('a')
  taker.want(CHEAP, 10)
  stage.turns.spend(CHEAP, () => stage.clock.advance(15)) // a pause of the collector
  taker.want(CHEAP, 10)
  await nextTurn()
  expect(stage.served).toHaveLength(20)
})

test('who is gone gets no turn', async () => {
  const stage = new Stage()
  stage.taker('a').want(DEAR, 2)
  const gone = stage.taker('gone')
  gone.want(DEAR)
  stage.turns.forget(gone)
  for (let turn = 0; turn < 5; turn++) await nextTurn()
  expect(stage.served).toEqual(['a', 'a'])
})
