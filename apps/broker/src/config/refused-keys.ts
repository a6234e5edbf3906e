/** A key that would leave something unguarded if it were passed over. */
interface RefusedKey {
  readonly refused: (text: string) => boolean
  readonly why: string
}

const isSet = (text: string): boolean => text !== ''

/** Passed over, the broker would listen elsewhere than where its user said. */
const movedToListeners: RefusedKey = { refused: isSet, why: 'gone from Kafka: say `listeners`' }
const movedToAdvertised: RefusedKey = {
  refused: isSet,
  why: 'gone from Kafka: say `advertised.listeners`',
}

const refusedKeys: Readonly<Record<string, RefusedKey>> = {
  'advertised.host.name': movedToAdvertised,
  'advertised.port': movedToAdvertised,
  'authorizer.class.name': {
    refused: isSet,
    why: 'authorization is not served yet, and everybody would be let in',
  },
  'alter.config.policy.class.name': {
    refused: isSet,
    why: 'policies are not served, and nothing would be checked',
  },
  'create.topic.policy.class.name': {
    refused: isSet,
    why: 'policies are not served, and nothing would be checked',
  },
  'config.providers': {
    refused: isSet,
    why: 'config providers are not served: write the values, or give them in the environment',
  },
  'host.name': movedToListeners,
  port: movedToListeners,
  'process.roles': {
    refused: (text) => isSet(text) && !text.split(',').some((role) => role.trim() === 'broker'),
    why: 'only the role broker is served',
  },
  'remote.log.storage.system.enable': {
    refused: (text) => text.toLowerCase() === 'true',
    why: 'remote storage is not served yet',
  },
  'security.inter.broker.protocol': {
    refused: (text) => isSet(text) && text !== 'PLAINTEXT',
    why: 'only PLAINTEXT is served yet',
  },
}

const table: ReadonlyMap<string, RefusedKey> = new Map(Object.entries(refusedKeys))

/** True for a key that is safe to pass over with some values and refused with others. */
export function isGuardedKey(name: string): boolean {
  return table.has(name)
}

/** Why a value must not be passed over; undefined when it may. */
export function refusal(name: string, text: string): string | undefined {
  const key = table.get(name)
  return key?.refused(text.trim()) === true ? key.why : undefined
}

/** For the documentation: names and reasons. */
export function refusedKeyReasons(): readonly (readonly [string, string])[] {
  return [...table].map(([name, { why }]) => [name, why] as const)
}
