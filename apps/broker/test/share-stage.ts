import { ErrorCode, errorName } from '@pafka/protocol'

import { NO_PARTITIONS, type Partitions } from '../src/consumer-groups/partitions.ts'
import type { ShareHeartbeatRequest } from '../src/share-groups/share-heartbeat.ts'
import type { ShareGroupSettings } from '../src/share-groups/share-world.ts'
import { CoordinatorStage, settled } from './coordinator-stage.ts'

/** A share group played by named members: what they are told becomes a line of the transcript. */
export class ShareStage extends CoordinatorStage {
  readonly epochs: Map<string, number> = new Map()
  readonly owned: Map<string, Partitions> = new Map()
  #lines: string[] = []

  constructor(settings: Partial<ShareGroupSettings> = {}) {
    super(undefined, {}, settings)
  }

  /** What happened since the last call. */
  transcript(): string[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  /** @param topics names, separated by spaces */
  join(name: string, topics: string): Promise<void> {
    this.epochs.set(name, 0)
    return this.beat(name, { topicNames: topics.split(' ') })
  }

  async beat(name: string, more: Partial<ShareHeartbeatRequest> = {}): Promise<void> {
    const answer = await this.coordinator.share.heartbeat('g', {
      memberId: name,
      memberEpoch: this.epochs.get(name) ?? 0,
      rackId: null,
      clientId: name,
      clientHost: '/127.0.0.1',
      topicNames: null,
      ...more,
    })
    const { errorCode, memberEpoch, assignment } = answer
    if (errorCode !== ErrorCode.NONE) {
      this.#lines.push(`${name}: ${errorName(errorCode)}`)
      return
    }
    this.epochs.set(name, memberEpoch)
    if (assignment !== null) this.owned.set(name, assignment)
    const told = assignment === null ? '' : ` [${this.text(assignment)}]`
    this.#lines.push(`${name}: ${memberEpoch}${told}`)
  }

  async state(): Promise<string> {
    const group = await this.coordinator.share.find('g')
    if (typeof group === 'number') return errorName(group)
    const members = [...group.members.values()].map(
      ({ memberId, memberEpoch, assigned }) =>
        `${memberId} ${memberEpoch} [${this.text(assigned)}]`,
    )
    const topics = [...group.topics.values()].map(
      ({ name, partitions }) => `${name} ${partitions.join(' ')}`,
    )
    const epochs = `${group.state} ${group.epoch}/${group.assignmentEpoch}`
    return [epochs, ...members.toSorted(), ...topics.map((one) => `of ${one}`)].join(', ')
  }

  /** The broker is gone and another comes up with its log; nobody was told. */
  async crash(): Promise<void> {
    this.restart()
    await settled()
  }

  async pass(byMs: number): Promise<void> {
    this.clock.advance(byMs)
    await settled()
  }

  /** `flights 0 1, ports 0` */
  text(partitions: Partitions = NO_PARTITIONS): string {
    return [...partitions]
      .map(([id, ofTopic]) => `${this.topics.byId(id)?.name ?? 'gone'} ${ofTopic.join(' ')}`)
      .toSorted()
      .join(', ')
  }
}
