import { CreateAcls, DeleteAcls, DescribeAcls } from '@pafka/protocol'

import type { KafkaError, KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import {
  type AclBinding,
  type AclFilter,
  aclFrom,
  aclText,
  checkAcl,
  checkAclFilter,
  type NewAcl,
  wireAcl,
  wireFilter,
} from './acl.ts'
import { type AdminParts, askController, checkAnswer } from './admin-call.ts'
import { type Answers, answerOf, askEach, refused } from './ask-each.ts'
import { isMany, onlyOne, type Outcome } from './outcome.ts'

/** Who may do what, where the cluster has an authorizer: otherwise it is SECURITY_DISABLED. */
export class AclAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** Those that the filter matches; all by default. @throws {KafkaError} SECURITY_DISABLED, ... */
  async list(filter: AclFilter = {}, options: CallOptions = {}): Promise<AclBinding[]> {
    const checks = new Checks()
    checkAclFilter(filter, checks)
    checks.done()
    return askController(
      this.#parts,
      { api: DescribeAcls, request: wireFilter(filter) },
      (answer) => {
        checkAnswer(answer, { api: 'DescribeAcls' })
        return answer.resources.flatMap(({ acls, ...resource }) =>
          acls.map((acl) => aclFrom({ ...resource, ...acl })),
        )
      },
      options,
    )
  }

  /** One that is there already is none too many. @throws {KafkaError} */
  async create(acl: NewAcl, options?: CallOptions): Promise<AclBinding>
  async create(acls: readonly NewAcl[], options?: CallOptions): Promise<Outcome<AclBinding>>
  async create(
    given: NewAcl | readonly NewAcl[],
    options: CallOptions = {},
  ): Promise<AclBinding | Outcome<AclBinding>> {
    if (isMany(given)) return this.#create(given, options)
    return onlyOne(await this.#create([given], options))
  }

  /** @returns those that were deleted, and what the broker says of those that were not */
  async delete(
    filters: AclFilter | readonly AclFilter[],
    options: CallOptions = {},
  ): Promise<Outcome<AclBinding>> {
    const all: readonly AclFilter[] = isMany(filters) ? filters : [filters]
    const checks = new Checks()
    for (const filter of all) {
      checkAclFilter(filter, checks)
      const isMeant = Object.values(filter).some((value) => value !== undefined)
      checks.check(isMeant, "filter: to delete everything say { type: 'any' }")
    }
    checks.done()
    const api = 'DeleteAcls'
    const asked = await askEach(
      this.#parts,
      all,
      async (left) => {
        const { filterResults } = await this.#parts.cluster.askController({
          api: DeleteAcls,
          request: { filters: left.map((filter) => wireFilter(filter)) },
        })
        return inTurn(left, filterResults, (filter, result) =>
          answerOf(
            result,
            { api, ...aboutAcl(filter) },
            result.matchingAcls.map((one) => ({ one, acl: aclFrom(one) })),
          ),
        )
      },
      { ...options, about: aboutAcl },
    )
    const deleted = asked.done.flat()
    const isDone = deleted.filter(({ one }) => one.errorCode === 0)
    const others = deleted.filter(({ one }) => one.errorCode !== 0)
    return {
      done: isDone.map(({ acl }) => acl),
      failed: [
        ...asked.failed,
        ...others.map(({ one, acl }) => refused(one, { api, subject: aclText(acl) })),
      ],
    }
  }

  async #create(acls: readonly NewAcl[], options: CallOptions): Promise<Outcome<AclBinding>> {
    const checks = new Checks()
    for (const acl of acls) checkAcl(acl, checks)
    checks.done()
    return askEach(
      this.#parts,
      acls,
      async (left) => {
        const creations = left.map((acl) => wireAcl(acl))
        const ask = { api: CreateAcls, request: { creations } }
        const { results } = await this.#parts.cluster.askController(ask)
        return inTurn(left, results, (acl, result) => {
          const { resourcePatternType: patternType, ...rest } = wireAcl(acl)
          const context = { api: 'CreateAcls', ...aboutAcl(acl) }
          return answerOf(result, context, aclFrom({ ...rest, patternType }))
        })
      },
      { ...options, about: aboutAcl },
    )
  }
}

function aboutAcl(acl: AclFilter): KafkaErrorContext {
  return { subject: aclText(acl) }
}

/** Answers that come in the order of what they are about. */
function inTurn<Item, Result, T>(
  items: readonly Item[],
  results: readonly Result[],
  answer: (item: Item, result: Result) => T | KafkaError,
): Answers<Item, T> {
  return new Map(
    items.flatMap((item, at) => {
      const result = results[at]
      return result === undefined ? [] : [[item, answer(item, result)] as const]
    }),
  )
}
