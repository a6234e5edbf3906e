import { assert, type Random, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { ShareStage } from '../../test/share-stage.ts'

const SEEDS = 40
const STEPS = 80
const MEMBERS = ['a', 'b', 'c']
const TOPICS = ['flights', 'ports', 'planes']

/** Members that come, change their minds, fall silent and miss answers, on brokers that die. */
class RandomGroup {
  readonly stage = new ShareStage()
  readonly random: Random
  readonly wanted = new Map<string, readonly string[]>()
  highestEpoch = 0
  told = 0

  constructor(seed: number) {
    this.random = seededRandom(seed)
    for (const topic of TOPICS.slice(0, 2)) this.stage.topics.set(topic, 1 + this.random.below(4))
  }

  async step(): Promise<void> {
    const name = MEMBERS[this.random.below(MEMBERS.length)] ?? ''
    const dice = this.random.below(100)
    if (dice < 25) await this.join(name)
    else if (dice < 65) await this.stage.beat(name)
    else if (dice < 72) await this.stage.beat(name, { memberEpoch: -1 })
    else if (dice < 82) await this.stage.pass(20_000)
    else if (dice < 90) this.changeTopic()
    else if (dice < 95) await this.stage.beat(name, { memberEpoch: this.random.below(20) })
    else await this.stage.crash()
    await this.check()
  }

  async join(name: string): Promise<void> {
    const topics = TOPICS.filter(() => this.random.below(2) === 0)
    const names = topics.length === 0 ? TOPICS.slice(0, 1) : topics
    this.wanted.set(name, names)
    await this.stage.join(name, names.join(' '))
  }

  changeTopic(): void {
    const { topics, coordinator } = this.stage
    const name = TOPICS[this.random.below(TOPICS.length)] ?? ''
    const length = topics.byName(name)?.partitions.length ?? 0
    topics.set(name, length + 1)
    coordinator.topicsChanged()
  }

  /** At any moment: epochs only rise, and nobody has what it did not ask for. */
  async check(): Promise<void> {
    const group = await this.stage.coordinator.share.find('g')
    if (typeof group === 'number') return
    assert(group.epoch >= this.highestEpoch, 'the epoch of a group never goes back')
    assert(group.assignmentEpoch <= group.epoch, 'no target is of an epoch to come')
    this.highestEpoch = group.epoch
    for (const { memberEpoch, assigned, topicNames } of group.members.values()) {
      assert(memberEpoch <= group.assignmentEpoch, 'no member is ahead of the target')
      for (const [topicId, partitions] of assigned) {
        const topic = this.stage.topics.byId(topicId)
        assert(topicNames.includes(topic?.name ?? ''), 'only what it asked for')
        assert(
          partitions.every((one) => one < (topic?.partitions.length ?? 0)),
          'and is there',
        )
        const known = group.topics.get(topicId)?.partitions ?? []
        assert(
          partitions.every((one) => known.includes(one)),
          'and is known to the group',
        )
      }
    }
  }

  /** Once all is calm everybody has something, and every partition somebody. */
  async settle(): Promise<void> {
    for (const name of MEMBERS) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.join(name)
    }
    for (const name of [...MEMBERS, ...MEMBERS]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.stage.beat(name)
    }
    const served = new Set<string>()
    for (const name of MEMBERS) {
      const owned = [...(this.stage.owned.get(name) ?? [])]
      const there = (this.wanted.get(name) ?? []).filter((one) => this.stage.topics.byName(one))
      assert(owned.length > 0 || there.length === 0, 'nobody has nothing')
      for (const [topicId, partitions] of owned) {
        for (const one of partitions) served.add(`${topicId} ${one}`)
      }
      this.told += owned.length
    }
    for (const topic of new Set([...this.wanted.values()].flat())) {
      const { id = '', partitions = [] } = this.stage.topics.byName(topic) ?? {}
      for (let one = 0; one < partitions.length; one += 1) {
        assert(served.has(`${id} ${one}`), 'every partition has somebody')
      }
    }
  }
}

test('members, topics and restarts in any order end with everything shared', async () => {
  let told = 0
  const first = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    try {
      const group = new RandomGroup(seed)
      // oxlint-disable-next-line no-await-in-loop -- one step after the other
      for (let step = 0; step < STEPS; step += 1) await group.step()
      // oxlint-disable-next-line no-await-in-loop -- one seed after the other
      await group.settle()
      told += group.told
    } catch (cause) {
      throw new Error(`replay with PAFKA_SEED=${seed}`, { cause })
    }
  }
  expect(told).toBeGreaterThan(SEEDS)
})
