import { DeleteGroups, ErrorCode, LeaveGroup, ListGroups } from '@pafka/protocol'

import { CoordinatorType } from '../cluster/cluster.ts'
import { brokerError } from '../errors/broker-error.ts'
import { KafkaError, type KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { type AdminParts, checkAnswer } from './admin-call.ts'
import { type Answers, answerOf, askEach, askNodes } from './ask-each.ts'
import { aboutGroup, askCoordinator, coordinatorsOf } from './coordinators.ts'
import { DESCRIBE_CALLS, type DescribeGroupsQuestion } from './describe-groups.ts'
import { askBrokers } from './each-broker.ts'
import {
  GROUP_STATES,
  GROUP_TYPES,
  type GroupDescription,
  type GroupListing,
  type GroupState,
  groupStateOf,
  type GroupType,
  groupTypeOf,
} from './group-description.ts'
import { isMany, onlyOne, type Outcome } from './outcome.ts'

export interface ListGroupsOptions extends CallOptions {
  /** All by default. */
  readonly states?: readonly GroupState[]
  /** All by default. */
  readonly types?: readonly GroupType[]
}

export interface DescribeGroupsOptions extends CallOptions {
  /** Spares requests where it is known. */
  readonly type?: GroupType
  /** Tells what we may do with them, too. */
  readonly withOperations?: boolean
}

/** A member: a static one by the id of its instance. */
export type GroupMember = { readonly memberId: string } | { readonly instanceId: string }

export interface RemoveMembersOptions extends CallOptions {
  /** As the broker logs it. */
  readonly reason?: string
}

const STATES_VERSION = 4
const TYPES_VERSION = 5
/** Members together, and those that are static (KIP-345). */
const LEAVE_VERSIONS = { min: 3 }
/** Who says so knows groups of other types only. */
const NO_SUCH_GROUP: ReadonlySet<string> = new Set(['GROUP_ID_NOT_FOUND', 'UNSUPPORTED_VERSION'])

/** Groups of all types: consumers old and new, share groups, Kafka Streams. */
export class GroupAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** Those of all coordinators, sorted by id. @throws {KafkaError} when one cannot be asked */
  async list(options: ListGroupsOptions = {}): Promise<GroupListing[]> {
    const { states = [], types = [] } = options
    const checks = new Checks()
    for (const state of states) checks.oneOf('state', state, GROUP_STATES)
    for (const type of types) checks.oneOf('type', type, GROUP_TYPES)
    checks.done()
    // a broker that knows no types has classic groups
    const needsTypes = types.some((type) => type !== 'classic')
    const least = needsTypes ? TYPES_VERSION : states.length > 0 ? STATES_VERSION : 0
    const request = { statesFilter: states, typesFilter: types }
    const lists = await askBrokers(this.#parts, undefined, options, async (nodeId) => {
      const answer = await this.#parts.cluster.ask(nodeId, {
        ...{ api: ListGroups, versions: { min: least }, request },
      })
      checkAnswer(answer, { api: 'ListGroups', subject: `broker ${nodeId}` })
      return answer.groups
    })
    const [failure] = lists.failed
    if (failure !== undefined) throw failure
    return lists.done
      .flat()
      .map(({ groupId, protocolType, groupState, groupType }) => ({
        ...{ groupId, protocolType, state: groupStateOf(groupState), type: groupTypeOf(groupType) },
      }))
      .toSorted((one, other) => (one.groupId < other.groupId ? -1 : 1))
  }

  /** @throws {KafkaError} GROUP_ID_NOT_FOUND, ... */
  async describe(groupId: string, options?: DescribeGroupsOptions): Promise<GroupDescription>
  async describe(
    groupIds: readonly string[],
    options?: DescribeGroupsOptions,
  ): Promise<Outcome<GroupDescription>>
  async describe(
    given: string | readonly string[],
    options: DescribeGroupsOptions = {},
  ): Promise<GroupDescription | Outcome<GroupDescription>> {
    if (isMany(given)) return this.#describe(given, options)
    return onlyOne(await this.#describe([given], options))
  }

  /** With their offsets. @throws {KafkaError} NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND, ... */
  async delete(groupId: string, options?: CallOptions): Promise<void>
  async delete(groupIds: readonly string[], options?: CallOptions): Promise<Outcome<string>>
  async delete(
    given: string | readonly string[],
    options: CallOptions = {},
  ): Promise<void | Outcome<string>> {
    if (isMany(given)) return this.#delete(given, options)
    return void onlyOne(await this.#delete([given], options))
  }

  /**
   * Makes members leave. One that lives joins again.
   * @throws {KafkaError} when nothing is known of the group
   */
  async removeMembers(
    groupId: string,
    members: readonly GroupMember[] | 'all',
    options: RemoveMembersOptions = {},
  ): Promise<Outcome<GroupMember>> {
    const checks = new Checks()
    checks.name('groupId', groupId)
    for (const member of members === 'all' ? [] : members) checks.name('member', textOf(member))
    checks.done()
    const all = members === 'all' ? await this.#membersOf(groupId, options) : members
    const ask = async (
      nodeId: number,
      some: readonly GroupMember[],
    ): Promise<Answers<GroupMember, GroupMember>> => {
      const answer = await this.#parts.cluster.ask(nodeId, {
        api: LeaveGroup,
        versions: LEAVE_VERSIONS,
        request: {
          ...{ groupId, memberId: '' },
          members: some.map((member) => ({
            memberId: 'memberId' in member ? member.memberId : '',
            groupInstanceId: 'instanceId' in member ? member.instanceId : null,
            reason: options.reason ?? 'removed by an admin',
          })),
        },
      })
      checkAnswer(answer, { api: 'LeaveGroup', groupId })
      return new Map(
        some.flatMap((member) => {
          const result = answer.members.find((one) => isOf(one, member))
          if (result === undefined) return []
          const context = { api: 'LeaveGroup', ...aboutMember(groupId, member) }
          return [[member, answerOf(result, context, member)]]
        }),
      )
    }
    const attempt = async (
      left: readonly GroupMember[],
    ): Promise<Answers<GroupMember, GroupMember>> =>
      askCoordinator(this.#parts, CoordinatorType.GROUP, groupId, async (nodeId) =>
        ask(nodeId, left),
      )
    const about = (member: GroupMember): KafkaErrorContext => aboutMember(groupId, member)
    return askEach(this.#parts, all, attempt, { ...options, about })
  }

  async #membersOf(groupId: string, options: CallOptions): Promise<GroupMember[]> {
    const { members } = await this.describe(groupId, options)
    return members.map(({ memberId, instanceId }) =>
      instanceId === null ? { memberId } : { instanceId },
    )
  }

  async #describe(
    groupIds: readonly string[],
    options: DescribeGroupsOptions,
  ): Promise<Outcome<GroupDescription>> {
    const { type, withOperations = false } = options
    checkGroups(groupIds, (checks) => {
      if (type !== undefined) checks.oneOf('type', type, GROUP_TYPES)
    })
    const types = type === undefined ? TYPES_IN_TURN : [type]
    const attempt = async (left: readonly string[]): Promise<Answers<string, GroupDescription>> =>
      askNodes(
        this.#parts,
        await coordinatorsOf(this.#parts, CoordinatorType.GROUP, left),
        async (nodeId, some) => this.#describeAt(nodeId, { groupIds: some, withOperations }, types),
      )
    return askEach(this.#parts, groupIds, attempt, { ...options, about: aboutGroup })
  }

  /** As groups of one type after the other, until all are found. */
  async #describeAt(
    nodeId: number,
    { groupIds, withOperations }: DescribeGroupsQuestion,
    types: readonly GroupType[],
  ): Promise<Answers<string, GroupDescription>> {
    const api = 'DescribeGroups'
    const missing = ErrorCode.GROUP_ID_NOT_FOUND
    const answers = new Map<string, GroupDescription | KafkaError>(
      groupIds.map((groupId) => [groupId, brokerError(missing, null, { api, groupId })]),
    )
    let left = groupIds
    for (const type of types) {
      if (left.length === 0) break
      // oxlint-disable-next-line no-await-in-loop -- most are of the types that come first
      const question = { groupIds: left, withOperations }
      for (const one of await orNobody(DESCRIBE_CALLS[type](this.#parts, nodeId, question))) {
        const { groupId, description } = one
        const answer = answerOf(one, { api, groupId }, description)
        // older brokers call everything dead that they do not know
        const isThere = answer instanceof KafkaError || answer.state !== 'Dead'
        if (isThere && !isNobody(answer)) answers.set(groupId, answer)
      }
      left = left.filter((groupId) => isNobody(answers.get(groupId)))
    }
    return answers
  }

  async #delete(groupIds: readonly string[], options: CallOptions): Promise<Outcome<string>> {
    checkGroups(groupIds)
    const api = 'DeleteGroups'
    const attempt = async (
      left: readonly string[],
      isAgain: boolean,
    ): Promise<Answers<string, string>> =>
      askNodes(
        this.#parts,
        await coordinatorsOf(this.#parts, CoordinatorType.GROUP, left),
        async (nodeId, some) => {
          const request = { groupsNames: some }
          const { results } = await this.#parts.cluster.ask(nodeId, { api: DeleteGroups, request })
          return new Map(
            results.map((result) => {
              const { groupId, errorCode } = result
              // the answer to an attempt before this one was lost
              const isGone = isAgain && errorCode === ErrorCode.GROUP_ID_NOT_FOUND
              return [groupId, isGone ? groupId : answerOf(result, { api, groupId }, groupId)]
            }),
          )
        },
      )
    return askEach(this.#parts, groupIds, attempt, { ...options, about: aboutGroup })
  }
}

/** The most frequent first. */
const TYPES_IN_TURN: readonly GroupType[] = ['consumer', 'classic', 'share', 'streams']

function checkGroups(groupIds: readonly string[], more: (checks: Checks) => void = () => {}): void {
  const checks = new Checks()
  checks.names('groupId', groupIds)
  more(checks)
  checks.done()
}

function aboutMember(groupId: string, member: GroupMember): KafkaErrorContext {
  return { groupId, subject: `member ${textOf(member)}` }
}

function isNobody(answer: unknown): boolean {
  return answer instanceof KafkaError && NO_SUCH_GROUP.has(answer.code)
}

/** A broker that does not know a type has no groups of it. */
async function orNobody<T>(asked: Promise<T[]>): Promise<T[]> {
  try {
    return await asked
  } catch (error) {
    if (isNobody(error)) return []
    throw error
  }
}

function textOf(member: GroupMember): string {
  return 'memberId' in member ? member.memberId : member.instanceId
}

interface WireMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

function isOf({ memberId, groupInstanceId }: WireMember, member: GroupMember): boolean {
  return 'memberId' in member ? memberId === member.memberId : groupInstanceId === member.instanceId
}
