import type { ClientParts } from '../client-parts.ts'
import { ClientSession } from '../client-session.ts'
import { EventEmitter } from '../events/emitter.ts'
import { describeGroups } from '../groups/describe-groups.ts'
import type { Logger } from '../logger-types.ts'
import { checkAcl, createAcls, deleteAcls, describeAcls } from './acls.ts'
import { ADMIN_EVENTS, type AdminEvents } from './admin-events.ts'
import type { Admin, AdminConfig } from './admin-types.ts'
import { checkFilledList, checkList, checkName } from './check-arguments.ts'
import { alterConfigs, checkAlterConfigs, checkResources, describeConfigs } from './configs.ts'
import { deleteTopicRecords } from './delete-records.ts'
import { deleteGroups, listGroups } from './groups.ts'
import * as offsets from './offsets.ts'
import * as reassignments from './reassignments.ts'
import * as topics from './topics.ts'

/** Programs take its methods apart: none of them needs `this`. */
export class FacadeAdmin implements Admin {
  readonly events: AdminEvents = ADMIN_EVENTS
  readonly #logger: Logger
  readonly #emitter: EventEmitter
  readonly #session: ClientSession

  constructor({ kafka, logger }: ClientParts, { retry }: AdminConfig) {
    this.#logger = logger.namespace('Admin')
    this.#emitter = new EventEmitter('admin', ADMIN_EVENTS, this.#logger)
    this.#session = new ClientSession({
      ...{ config: kafka, retry, events: this.#emitter, name: 'admin', terms: { logger } },
    })
  }

  readonly connect: Admin['connect'] = async () => {
    await this.#session.connect()
    this.#emitter.emit(ADMIN_EVENTS.CONNECT)
  }

  readonly disconnect: Admin['disconnect'] = async () => {
    this.#session.disconnect()
    this.#emitter.emit(ADMIN_EVENTS.DISCONNECT)
  }

  readonly logger: Admin['logger'] = () => this.#logger

  readonly on: Admin['on'] = (name: string, listener: (event: never) => void) => {
    return this.#emitter.on(name, listener as (event: unknown) => void)
  }

  readonly listTopics: Admin['listTopics'] = async () => this.#session.retrying(topics.listTopics)

  readonly createTopics: Admin['createTopics'] = async (given) => {
    topics.checkCreateTopics(given)
    return this.#session.retrying(async (connected) => topics.createTopics(connected, given))
  }

  readonly deleteTopics: Admin['deleteTopics'] = async (given) => {
    topics.checkDeleteTopics(given)
    await this.#session.retrying(async (connected) => topics.deleteTopics(connected, given))
  }

  readonly createPartitions: Admin['createPartitions'] = async (given) => {
    topics.checkCreatePartitions(given)
    return this.#session.retrying(async (connected) => topics.createPartitions(connected, given))
  }

  readonly fetchTopicMetadata: Admin['fetchTopicMetadata'] = async (given) => {
    const names = given?.topics ?? []
    for (const name of names) checkName('topics', name)
    return this.#session.retrying(async (connected) => topics.fetchTopicMetadata(connected, names))
  }

  readonly describeCluster: Admin['describeCluster'] = async () => {
    return this.#session.retrying(topics.describeCluster)
  }

  readonly fetchTopicOffsets: Admin['fetchTopicOffsets'] = async (topic) => {
    checkName('topic', topic)
    return this.#session.retrying(async (one) => offsets.fetchTopicOffsets(one, topic))
  }

  readonly fetchTopicOffsetsByTimestamp: Admin['fetchTopicOffsetsByTimestamp'] = async (
    topic,
    timestamp,
  ) => {
    checkName('topic', topic)
    return this.#session.retrying(async (connected) => {
      return offsets.fetchTopicOffsetsByTimestamp(connected, topic, timestamp)
    })
  }

  readonly fetchOffsets: Admin['fetchOffsets'] = async (given) => {
    const { groupId, topics: names, resolveOffsets = false } = given
    checkName('groupId', groupId)
    if (names !== undefined && names !== null) checkList('topics', names)
    return this.#session.retrying(async (connected) => {
      const fetch = resolveOffsets ? offsets.resolveOffsets : offsets.fetchOffsets
      return fetch(connected, groupId, names ?? [])
    })
  }

  readonly setOffsets: Admin['setOffsets'] = async ({ groupId, ...given }) => {
    checkName('groupId', groupId)
    checkName('topic', given.topic)
    checkFilledList('partitions', given.partitions)
    await this.#session.retrying(async (one) => offsets.setOffsets(one, groupId, given))
  }

  readonly resetOffsets: Admin['resetOffsets'] = async ({ groupId, topic, earliest }) => {
    checkName('groupId', groupId)
    checkName('topic', topic)
    await this.#session.retrying(async (connected) => {
      await offsets.resetOffsets(connected, groupId, { topic, earliest })
    })
  }

  readonly deleteTopicRecords: Admin['deleteTopicRecords'] = async ({ topic, partitions }) => {
    checkName('topic', topic)
    checkFilledList('partitions', partitions)
    await this.#session.retrying(async (one) => deleteTopicRecords(one, topic, partitions))
  }

  readonly describeConfigs: Admin['describeConfigs'] = async ({ resources, includeSynonyms }) => {
    checkResources(resources)
    return this.#session.retrying(async (connected) => {
      return describeConfigs(connected, resources, includeSynonyms ?? false)
    })
  }

  readonly alterConfigs: Admin['alterConfigs'] = async ({ resources, validateOnly }) => {
    checkAlterConfigs(resources)
    return this.#session.retrying(async (connected) => {
      return alterConfigs(connected, resources, validateOnly ?? false)
    })
  }

  readonly listGroups: Admin['listGroups'] = async () => this.#session.retrying(listGroups)

  readonly describeGroups: Admin['describeGroups'] = async (groupIds) => {
    return this.#session.retrying(async (connected) => {
      return { groups: await describeGroups(connected, groupIds) }
    })
  }

  readonly deleteGroups: Admin['deleteGroups'] = async (groupIds) => {
    checkList('groupIds', groupIds)
    for (const groupId of groupIds) checkName('groupIds', groupId)
    return this.#session.retrying(async (connected) => deleteGroups(connected, groupIds))
  }

  readonly createAcls: Admin['createAcls'] = async ({ acl }) => {
    checkFilledList('acl', acl)
    for (const one of acl) checkAcl(one, false)
    return this.#session.retrying(async (connected) => createAcls(connected, acl))
  }

  readonly describeAcls: Admin['describeAcls'] = async (filter) => {
    checkAcl(filter, true)
    return this.#session.retrying(async (connected) => describeAcls(connected, filter))
  }

  readonly deleteAcls: Admin['deleteAcls'] = async ({ filters }) => {
    checkFilledList('filters', filters)
    for (const filter of filters) checkAcl(filter, true)
    return this.#session.retrying(async (connected) => deleteAcls(connected, filters))
  }

  readonly alterPartitionReassignments: Admin['alterPartitionReassignments'] = async (given) => {
    reassignments.checkReassignments(given.topics)
    await this.#session.retrying(async (connected) => {
      await reassignments.alterPartitionReassignments(connected, given.topics, given.timeout)
    })
  }

  readonly listPartitionReassignments: Admin['listPartitionReassignments'] = async (given) => {
    const { topics: wanted = null, timeout } = given
    if (wanted !== null) reassignments.checkWanted(wanted)
    return this.#session.retrying(async (connected) => {
      return reassignments.listPartitionReassignments(connected, wanted, timeout)
    })
  }
}
