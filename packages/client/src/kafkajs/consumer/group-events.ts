import type { Generation, MemberIdentity } from '../../consumer/group/group-member.ts'
import type { EventEmitter } from '../events/emitter.ts'
import type { Logger } from '../logger-types.ts'
import { CONSUMER_EVENTS } from './consumer-events.ts'

export interface GroupEventsOptions {
  readonly groupId: string
  readonly topics: ReadonlyMap<string, unknown>
  readonly events: EventEmitter
  readonly logger: Logger
}

/** Tells of what happens to a member of a group. */
export class GroupEvents {
  readonly #options: GroupEventsOptions
  readonly #logger: Logger
  #joinsSinceMs: number = Date.now()

  constructor(options: GroupEventsOptions) {
    this.#options = options
    this.#logger = options.logger.namespace('ConsumerGroup')
  }

  rejoins({ memberId }: MemberIdentity): void {
    const { groupId, events } = this.#options
    this.#joinsSinceMs = Date.now()
    this.#logger.warn('The group shares its partitions anew, joining it again', {
      ...{ groupId, memberId },
    })
    events.emit(CONSUMER_EVENTS.REBALANCING, { groupId, memberId })
  }

  joined(generation: Generation): void {
    const { memberId, leaderId, protocol: groupProtocol, assignment } = generation
    const { groupId, events, topics } = this.#options
    const byTopic = Map.groupBy(assignment, ({ topic }) => topic)
    const memberAssignment = Object.fromEntries(
      [...byTopic]
        .filter(([topic]) => topics.has(topic))
        .map(([topic, own]) => [topic, own.map(({ partition }) => partition)]),
    )
    const duration = Date.now() - this.#joinsSinceMs
    const isLeader = memberId === leaderId
    const payload = {
      ...{ groupId, memberId, leaderId, isLeader, memberAssignment, groupProtocol, duration },
    }
    this.#tellOfOthers(generation, [...byTopic.keys()])
    this.#logger.info('The consumer has joined its group', payload)
    events.emit(CONSUMER_EVENTS.GROUP_JOIN, payload)
  }

  beat({ memberId, generationId: groupGenerationId }: MemberIdentity): void {
    const { groupId, events } = this.#options
    events.emit(CONSUMER_EVENTS.HEARTBEAT, { groupId, memberId, groupGenerationId })
  }

  /** A leader that does not look who wants what gives topics that nobody asked for. */
  #tellOfOthers({ memberId, generationId }: Generation, assignedTopics: string[]): void {
    const { groupId, events, topics } = this.#options
    const topicsSubscribed = [...topics.keys()]
    const topicsNotSubscribed = assignedTopics.filter((topic) => !topics.has(topic))
    if (topicsNotSubscribed.length === 0) return
    const payload = {
      ...{ groupId, generationId, memberId, assignedTopics, topicsSubscribed, topicsNotSubscribed },
    }
    this.#logger.warn('The group gave topics that this consumer did not subscribe to', payload)
    events.emit(CONSUMER_EVENTS.RECEIVED_UNSUBSCRIBED_TOPICS, payload)
  }
}
