import type { RE2JS } from 're2js'

/** Longer is no pattern that somebody wrote, and takes memory when compiled. */
const MOST_PATTERN_LENGTH = 1000

/**
 * Compiles a pattern of a client's, as Kafka reads them (RE2). It runs in linear time whatever it
 * is given. The library for it is loaded here, since most brokers never need it.
 * @returns instead of a pattern that is none what is wrong with it
 */
export async function compilePattern(text: string): Promise<RE2JS | string> {
  if (text.length > MOST_PATTERN_LENGTH) return `it is longer than ${MOST_PATTERN_LENGTH}`
  const { RE2JS } = await import('re2js')
  try {
    return RE2JS.compile(text)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
