/**
 * `good` needs nothing; `advice` costs speed or room; `danger` costs records or the broker;
 * `unknown` is what this system does not tell.
 */
export type FindingState = 'good' | 'advice' | 'danger' | 'unknown'

/** One thing that was looked at. */
export interface Finding {
  /** A stable name: `io-scheduler`. */
  readonly topic: string
  /** The path that it is about, as it was asked for; undefined for the machine. */
  readonly path?: string
  readonly state: FindingState
  readonly is: string
  /** As the rest, only where it is not good. */
  readonly shouldBe?: string
  readonly why?: string
  /** For a shell of root, or what to write where. */
  readonly fix?: string
}

/** What a finding says that is not good. */
export interface Amiss {
  readonly state?: 'advice' | 'danger'
  readonly shouldBe: string
  readonly why: string
  readonly fix: string
}

/** @param is undefined where it is not known */
export function found(topic: string, is: string | undefined, amiss?: Amiss): Finding {
  if (is === undefined) return { topic, state: 'unknown', is: 'not known' }
  return amiss === undefined
    ? { topic, state: 'good', is }
    : { topic, is, ...amiss, state: amiss.state ?? 'advice' }
}

/** As a shell takes it for one word. */
export function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
