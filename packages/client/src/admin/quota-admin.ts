import {
  AlterClientQuotas,
  DescribeClientQuotas,
  type DescribeClientQuotasRequest,
} from '@pafka/protocol'

import type { KafkaErrorContext } from '../errors/kafka-error.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { type AdminParts, askController, type ChangeOptions, checkAnswer } from './admin-call.ts'
import { type Answers, answerOf, askEach } from './ask-each.ts'
import { isMany, onlyOne, type Outcome } from './outcome.ts'

/** Whom a quota is for: a user, a client id, both together, or an address. Null: all others. */
export interface QuotaEntity {
  readonly user?: string | null
  readonly clientId?: string | null
  readonly ip?: string | null
}

/** By Kafka's names: `producer_byte_rate`, `consumer_byte_rate`, `request_percentage`, ... */
export type QuotaLimits = Readonly<Record<string, number>>

export interface Quota {
  readonly entity: QuotaEntity
  readonly limits: QuotaLimits
}

/** Quotas that name these: one of this name, null for that of all others, true for any. */
export interface QuotaFilter extends CallOptions {
  readonly user?: string | null | true
  readonly clientId?: string | null | true
  readonly ip?: string | null | true
  /** Only those that name nothing else. */
  readonly strict?: boolean
}

export interface QuotaAlteration {
  readonly entity: QuotaEntity
  /** Null takes a limit back. What is not named stays as it is. */
  readonly limits: Readonly<Record<string, number | null>>
}

const ENTITY_TYPES = { user: 'user', clientId: 'client-id', ip: 'ip' } as const
const KEYS = ['user', 'clientId', 'ip'] as const
/** Source: Kafka `DescribeClientQuotasRequest`. */
const Match = { EXACT: 0, DEFAULT: 1, SPECIFIED: 2 } as const

/** Limits of what clients may take. */
export class QuotaAdmin {
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
  }

  /** Those that the filter matches; all by default. @throws {KafkaError} */
  async list(filter: QuotaFilter = {}): Promise<Quota[]> {
    const checks = new Checks()
    for (const key of KEYS) {
      const wanted = filter[key]
      if (wanted !== undefined && wanted !== null && wanted !== true) checks.name(key, wanted)
    }
    checks.done()
    const request = { components: componentsOf(filter), strict: filter.strict ?? false }
    return askController(
      this.#parts,
      { api: DescribeClientQuotas, request },
      (answer) => {
        checkAnswer(answer, { api: 'DescribeClientQuotas' })
        return (answer.entries ?? []).map(({ entity, values }) => ({
          entity: entityFrom(entity),
          limits: Object.fromEntries(values.map(({ key, value }) => [key, value])),
        }))
      },
      filter,
    )
  }

  /** @throws {KafkaError} INVALID_REQUEST, ... */
  async alter(
    entity: QuotaEntity,
    limits: QuotaAlteration['limits'],
    options?: ChangeOptions,
  ): Promise<void>
  async alter(
    alterations: readonly QuotaAlteration[],
    options?: ChangeOptions,
  ): Promise<Outcome<QuotaEntity>>
  async alter(
    given: QuotaEntity | readonly QuotaAlteration[],
    limitsOrOptions: QuotaAlteration['limits'] | ChangeOptions = {},
    options: ChangeOptions = {},
  ): Promise<void | Outcome<QuotaEntity>> {
    if (isMany(given)) return this.#alter(given, limitsOrOptions)
    const limits = limitsOrOptions as QuotaAlteration['limits']
    return this.#alterOne({ entity: given, limits }, options)
  }

  async #alterOne(alteration: QuotaAlteration, options: ChangeOptions): Promise<void> {
    onlyOne(await this.#alter([alteration], options))
  }

  async #alter(
    alterations: readonly QuotaAlteration[],
    options: ChangeOptions,
  ): Promise<Outcome<QuotaEntity>> {
    const checks = new Checks()
    for (const alteration of alterations) checkAlteration(alteration, checks)
    checks.done()
    const about = ({ entity }: QuotaAlteration): KafkaErrorContext => {
      return { subject: entityText(entity) }
    }
    const attempt = async (
      left: readonly QuotaAlteration[],
    ): Promise<Answers<QuotaAlteration, QuotaEntity>> => {
      const { entries } = await this.#parts.cluster.askController({
        api: AlterClientQuotas,
        request: {
          entries: left.map(({ entity, limits }) => ({
            entity: wireEntity(entity),
            ops: Object.entries(limits).map(([key, value]) => {
              return { key, value: value ?? 0, remove: value === null }
            }),
          })),
          validateOnly: options.dryRun ?? false,
        },
      })
      const byText = new Map(entries.map((one) => [entityText(entityFrom(one.entity)), one]))
      return new Map(
        left.flatMap((alteration) => {
          const { entity } = alteration
          const result = byText.get(entityText(entity))
          if (result === undefined) return []
          const context = { api: 'AlterClientQuotas', ...about(alteration) }
          return [[alteration, answerOf(result, context, entity)] as const]
        }),
      )
    }
    return askEach(this.#parts, alterations, attempt, { ...options, about })
  }
}

function checkAlteration({ entity, limits }: QuotaAlteration, checks: Checks): void {
  const names = KEYS.filter((key) => entity[key] !== undefined)
  checks.check(names.length > 0, 'entity: it names nobody')
  for (const key of names) if (entity[key] !== null) checks.name(key, entity[key])
  for (const [key, value] of Object.entries(limits)) {
    const isGood = value === null || (Number.isFinite(value) && value > 0)
    checks.check(isGood, `${key}: ${value} is no limit`)
  }
  checks.check(Object.keys(limits).length > 0, 'limits: there are none')
}

type Component = DescribeClientQuotasRequest['components'][number]

function componentsOf(filter: QuotaFilter): Component[] {
  return KEYS.flatMap((key): Component[] => {
    const match = filter[key]
    if (match === undefined) return []
    const entityType = ENTITY_TYPES[key]
    if (match === true) return [{ entityType, matchType: Match.SPECIFIED, match: null }]
    return [{ entityType, matchType: match === null ? Match.DEFAULT : Match.EXACT, match }]
  })
}

interface WireEntity {
  readonly entityType: string
  readonly entityName: string | null
}

function wireEntity(entity: QuotaEntity): WireEntity[] {
  return KEYS.flatMap((key) => {
    const entityName = entity[key]
    return entityName === undefined ? [] : [{ entityType: ENTITY_TYPES[key], entityName }]
  })
}

function entityFrom(parts: readonly WireEntity[]): QuotaEntity {
  return Object.fromEntries(
    parts.map(({ entityType, entityName }) => {
      return [KEYS.find((key) => ENTITY_TYPES[key] === entityType) ?? entityType, entityName]
    }),
  )
}

/** `user alice, client-id b`, for people and maps. */
function entityText(entity: QuotaEntity): string {
  return wireEntity(entity)
    .map(({ entityType, entityName }) => `${entityType} ${entityName ?? '<default>'}`)
    .join(', ')
}
