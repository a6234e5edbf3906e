import type { RE2JS } from 're2js'

import { compilePattern } from './linear-pattern.ts'

/** So much of a pattern is told to who gave it. */
const MOST_SHOWN = 100

/** What of a client a pattern can be about (KIP-714). */
export const CLIENT_PARAMETERS = [
  'client_instance_id',
  'client_id',
  'client_software_name',
  'client_software_version',
  'client_source_address',
  'client_source_port',
] as const

export type ClientParameter = (typeof CLIENT_PARAMETERS)[number]

/** What is known of a client; what it did not say is undefined, and matches nothing. */
export type ClientAttributes = Readonly<Record<ClientParameter, string | undefined>>

/** One pattern per parameter; all of them must match, each the whole text. */
export type ClientMatch = ReadonlyMap<ClientParameter, RE2JS>

/**
 * Reads patterns such as `client_id=a.*`; of several for one parameter the last counts, as Kafka
 * has it.
 */
export async function parseClientMatch(
  patterns: readonly string[],
): Promise<ClientMatch | { readonly problem: string }> {
  const match = new Map<ClientParameter, RE2JS>()
  for (const pattern of patterns) {
    const [name = '', text, ...rest] = pattern.split('=').map((part) => part.trim())
    const parameter = CLIENT_PARAMETERS.find((one) => one === name)
    if (parameter === undefined || text === undefined || text === '' || rest.length > 0) {
      return illegal(pattern, `it should be one of ${CLIENT_PARAMETERS.join(', ')}, = and a regex`)
    }
    // oxlint-disable-next-line no-await-in-loop -- the first is told that is wrong
    const compiled = otherInJava(text) ?? (await compilePattern(text))
    if (typeof compiled === 'string') return illegal(pattern, compiled)
    match.set(parameter, compiled)
  }
  return match
}

export function isMatch(match: ClientMatch, attributes: ClientAttributes): boolean {
  for (const [parameter, pattern] of match) {
    const attribute = attributes[parameter]
    if (attribute === undefined || !pattern.matches(attribute)) return false
  }
  return true
}

/**
 * Kafka's patterns are Java's, where classes have unions (`[a[bc]]`) and intersections
 * (`[a-z&&[^b]]`). RE2 would take them for something else without a word.
 * @returns why a pattern means one thing here and another there
 */
function otherInJava(pattern: string): string | undefined {
  // a class ends with a bracket that is not its first character; what is escaped or quoted is plain
  const classes = /\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?<inside>(?:\\.|[^\]\\])*)/gs
  for (const { groups } of pattern.matchAll(classes)) {
    const inside = groups?.['inside']?.replaceAll(/\\./gs, '') ?? ''
    if (inside.includes('&&')) return 'RE2, which is used here, has no && in a character class'
    if (inside.includes('['))
      return 'RE2, which is used here, has no [ in a character class but \\['
  }
  return undefined
}

function illegal(pattern: string, why: string): { readonly problem: string } {
  const shown = pattern.length > MOST_SHOWN ? `${pattern.slice(0, MOST_SHOWN)}...` : pattern
  return { problem: `Illegal client matching pattern: ${shown}: ${why}` }
}
