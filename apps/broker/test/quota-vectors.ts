import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What was recorded at which time, and for how long Kafka then had the client wait. */
type Event = readonly [atMs: number, value: number, throttleMs: number, flag: 0 | 1]

interface Measured {
  readonly samples: number
  readonly windowSeconds: number
  readonly quota: number
  readonly events: readonly Event[]
}

/** The flag: the value was taken back afterwards. */
interface RateVector extends Measured {
  readonly kind: 'rate'
}

/** The flag: the change was refused. */
interface BucketVector extends Measured {
  readonly kind: 'bucket'
  readonly strict: boolean
}

/**
 * With these of the eight levels set, 0 the most specific, each to 100 and its number: for a user
 * and a client id the tags that it counts under, and the limit.
 */
interface LevelsVector {
  readonly kind: 'levels'
  readonly set: readonly number[]
  readonly found: readonly (readonly [string, string, string, string, number | null])[]
}

type Vector = RateVector | BucketVector | LevelsVector

/** Made by Kafka 4.3.1's own classes, from one random seed. */
export function quotaVectors<Kind extends Vector['kind']>(
  kind: Kind,
): Extract<Vector, { kind: Kind }>[] {
  const path = join(import.meta.dirname, 'fixtures/quota-vectors.jsonl')
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines
    .map((line) => JSON.parse(line) as Vector)
    .filter((vector): vector is Extract<Vector, { kind: Kind }> => vector.kind === kind)
}
