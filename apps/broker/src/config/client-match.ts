import type { RE2JS } from 're2js'

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

/** Longer is no pattern that somebody wrote, and takes memory when compiled. */
const MOST_PATTERN_LENGTH = 1000

/**
 * Reads patterns such as `client_id=a.*`; of several for one parameter the last counts, as Kafka
 * has it. They run in linear time whatever a client calls itself. The library for it is loaded
 * here, since most brokers never need it.
 */
export async function parseClientMatch(
  patterns: readonly string[],
): Promise<ClientMatch | { readonly problem: string }> {
  const match = new Map<ClientParameter, RE2JS>()
  if (patterns.length === 0) return match
  const re2 = await import('re2js')
  for (const pattern of patterns) {
    const [name = '', text, ...rest] = pattern.split('=').map((part) => part.trim())
    const parameter = CLIENT_PARAMETERS.find((one) => one === name)
    if (parameter === undefined || text === undefined || text === '' || rest.length > 0) {
      return illegal(pattern, `it should be one of ${CLIENT_PARAMETERS.join(', ')}, = and a regex`)
    }
    if (text.length > MOST_PATTERN_LENGTH) {
      return illegal(`${pattern.slice(0, 100)}...`, `it is longer than ${MOST_PATTERN_LENGTH}`)
    }
    try {
      match.set(parameter, re2.RE2JS.compile(text))
    } catch (error) {
      return illegal(pattern, error instanceof Error ? error.message : String(error))
    }
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

function illegal(pattern: string, why: string): { readonly problem: string } {
  return { problem: `Illegal client matching pattern: ${pattern}: ${why}` }
}
