import type { BrokerKey } from './broker-keys.ts'
import { camelCase, type KeySpec } from './key-table.ts'
import { groupConfigKeys, groupKeyOrigins } from './keys/group-config-keys.ts'

/** One config that a group may have. */
export interface GroupKey {
  readonly name: string
  readonly spec: KeySpec
  readonly broker?: BrokerKey
  readonly least?: BrokerKey
  readonly most?: BrokerKey
}

/** Of members' times, the second is to be less than the first. */
export const SESSIONS: readonly (readonly [session: string, heartbeat: string])[] = [
  'consumer',
  'share',
  'streams',
].map((kind) => [`${kind}.session.timeout.ms`, `${kind}.heartbeat.interval.ms`])

const specs: ReadonlyMap<string, KeySpec> = new Map(Object.entries<KeySpec>(groupConfigKeys))
const origins: ReadonlyMap<string, Omit<GroupKey, 'name' | 'spec'>> = new Map(
  Object.entries(groupKeyOrigins),
)
const table: readonly GroupKey[] = Array.from(specs, ([name, spec]) => ({
  name,
  spec,
  ...origins.get(name),
}))

/** undefined for a name that the table has not. */
export function groupKeySpec(name: string): KeySpec | undefined {
  return specs.get(name)
}

/** The keys of groups, as the documentation has them. */
export function groupKeys(): readonly GroupKey[] {
  return table
}

/** What is wrong with the keys of the broker that groups' configs are from, and lie between. */
export function groupKeyProblems(config: object): string[] {
  const problems: string[] = []
  for (const { broker, least, most } of table) {
    if (broker === undefined) continue
    const value = numberAt(broker, config)
    const [low, high] = [least, most].map((key) => key && numberAt(key, config))
    if (low !== undefined && high !== undefined && high < low) {
      problems.push(`${most}: must be greater than or equal to ${least}`)
    } else if (low !== undefined && value < low) {
      problems.push(`${broker}: must be greater than or equal to ${least}`)
    } else if (high !== undefined && value > high) {
      problems.push(`${broker}: must be less than or equal to ${most}`)
    }
  }
  for (const [session, beat] of SESSIONS) {
    if (numberAt(`group.${beat}`, config) < numberAt(`group.${session}`, config)) continue
    problems.push(`group.${beat}: must be less than group.${session}`)
  }
  return problems
}

/** @param config holds all keys of the broker. */
export function numberAt(key: string, config: object): number {
  return Number(Reflect.get(config, camelCase(key)))
}
