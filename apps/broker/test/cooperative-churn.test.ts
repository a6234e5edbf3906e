import { assert, type Random, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { CooperativeConsumer } from './cooperative-consumer.ts'
import { CoordinatorStage, settled } from './coordinator-stage.ts'

const PARTITIONS = 12
const ALL = Array.from({ length: PARTITIONS }).keys().toArray()
const CONSUMERS = 6
const STEPS = 200
const SEEDS = 60
/** Longer than sessions and rebalances may take. */
const LONG_MS = 70_000

/** Consumers that come, hang, die and come back, and a broker that ends now and then. */
class Churn {
  readonly #stage = new CoordinatorStage()
  readonly #random: Random
  #consumers: CooperativeConsumer[] = []
  /** Static members that were killed: those that come next take their places. */
  readonly #vacant: string[] = []
  #instances = 0
  generations = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  async step(): Promise<void> {
    const consumer = this.#consumers[this.#random.below(CONSUMERS)]
    const dice = this.#random.below(100)
    if (consumer === undefined) this.#enter()
    else if (dice < 84) consumer.goOn()
    else if (dice < 88) this.#kill(consumer)
    else if (dice < 91) this.#part(consumer)
    else if (dice < 94) await this.#hang(consumer)
    else if (dice < 96) this.#restart()
    else await this.#pass(1000)
    await this.#check()
  }

  /** Nothing goes wrong any more. @returns what each does at last, and all that they have */
  async calm(): Promise<[doing: readonly string[], owned: readonly number[]]> {
    while (this.#consumers.length < 3) this.#enter()
    await this.#pass(LONG_MS, this.#consumers) // who is dead is put out
    for (let round = 0; round < 40; round += 1) await this.#round()
    const generation = await this.#generation()
    for (let round = 0; round < 10; round += 1) await this.#round()
    assert((await this.#generation()) === generation, 'a group with nothing to do rests')
    this.generations += generation
    this.#stage.coordinator.stop()
    const owned = this.#consumers.flatMap((one) => one.owned)
    return [
      [...new Set(this.#consumers.map(({ doing }) => doing))],
      owned.toSorted((one, other) => one - other),
    ]
  }

  #enter(): void {
    const instanceId =
      this.#vacant.pop() ?? (this.#random.below(3) === 0 ? `i${(this.#instances += 1)}` : null)
    this.#consumers.push(new CooperativeConsumer(this.#stage, PARTITIONS, instanceId))
  }

  #kill(consumer: CooperativeConsumer): void {
    consumer.crash()
    this.#consumers = this.#consumers.filter((one) => one !== consumer)
    if (consumer.instanceId !== null) this.#vacant.push(consumer.instanceId)
  }

  #part(consumer: CooperativeConsumer): void {
    consumer.leave()
    this.#consumers = this.#consumers.filter((one) => one !== consumer)
  }

  /** Everybody else goes on until the group has had enough of it. */
  async #hang(consumer: CooperativeConsumer): Promise<void> {
    const others = this.#consumers.filter((one) => one !== consumer)
    await this.#pass(LONG_MS, others)
    consumer.mayBeOut = true
  }

  #restart(): void {
    for (const consumer of this.#consumers) consumer.mayBeOut = true
    this.#stage.restart()
  }

  async #pass(ms: number, awake: readonly CooperativeConsumer[] = []): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5000) {
      this.#stage.clock.advance(Math.min(5000, ms))
      await settled()
      for (const consumer of awake) {
        consumer.goOn()
        await settled()
      }
      if (awake.length > 0) await this.#check()
    }
  }

  async #round(): Promise<void> {
    for (const consumer of this.#consumers) {
      consumer.goOn()
      await this.#check()
    }
    await this.#pass(1000)
  }

  async #generation(): Promise<number> {
    await settled()
    return this.#consumers.reduce((most, one) => Math.max(most, one.generationId), 0)
  }

  /** Of those whom the group still has, no two have the same. */
  async #check(): Promise<void> {
    this.#stage.clock.advance(0)
    await settled()
    for (const { fault } of this.#consumers) if (fault !== null) throw fault
    const described = await this.#stage.coordinator.describe('g')
    if (typeof described === 'number') return
    const members = new Set(described.members.map(({ memberId }) => memberId))
    const inIt = this.#consumers.filter(({ memberId }) => members.has(memberId))
    const owned = inIt.flatMap((one) => one.owned)
    assert(new Set(owned).size === owned.length, 'two have a partition')
  }
}

test('whoever hangs and dies, a cooperative group loses nothing and comes to rest', async () => {
  const first = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  let generations = 0
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    const churn = new Churn(seed)
    try {
      for (let step = 0; step < STEPS; step += 1) await churn.step()
      expect(await churn.calm()).toEqual([['stable'], ALL])
      generations += churn.generations
    } catch (error) {
      throw new Error(`replay with PAFKA_SEED=${seed}`, { cause: error })
    }
  }
  expect(generations).toBeGreaterThan(SEEDS)
}, 120_000)

test('what a static member had to give up when it died is not left to nobody', async () => {
  const stage = new CoordinatorStage()
  const first = new CooperativeConsumer(stage, PARTITIONS, 'i1')
  const second = new CooperativeConsumer(stage, PARTITIONS, null)
  const goOn = async (...consumers: readonly CooperativeConsumer[]): Promise<void> => {
    for (let round = 0; round < 4; round += 1) {
      for (const consumer of consumers) {
        consumer.goOn()
        stage.clock.advance(1)
        await settled()
      }
    }
  }
  await goOn(first)
  expect(first.owned).toHaveLength(PARTITIONS)
  while (first.owned.length === PARTITIONS) {
    first.goOn()
    second.goOn()
    await settled()
  }
  expect([first.owned.length, second.owned.length]).toEqual([PARTITIONS / 2, 0])
  first.crash()
  const third = new CooperativeConsumer(stage, PARTITIONS, 'i1')
  await goOn(third, second, third, second, third, second)
  const half = PARTITIONS / 2
  expect([third.owned.length, second.owned.length]).toEqual([half, half])
  expect([third.doing, second.doing]).toEqual(['stable', 'stable'])
  stage.coordinator.stop()
})
