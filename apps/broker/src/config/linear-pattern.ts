import type { RE2JS } from 're2js'

/** Longer is no pattern that somebody wrote, and takes memory when compiled. */
const MAX_LENGTH = 1024
/** Steps of a pattern's automaton: so many are tried, at the most, for each letter of a text. */
const MAX_PROGRAM = 2000

/**
 * Compiles a pattern of a client's, as Kafka reads them (RE2). It runs in linear time whatever it
 * is given. The library for it is loaded here, since most brokers never need it.
 * @returns instead of a pattern that is none, or is too large, what is wrong with it
 */
export async function compilePattern(text: string): Promise<RE2JS | string> {
  if (text.length > MAX_LENGTH) return `It is longer than ${MAX_LENGTH} characters.`
  const { RE2JS: engine, RE2JSException } = await import('re2js')
  try {
    const pattern = engine.compile(text)
    return pattern.programSize() > MAX_PROGRAM ? 'It is too large.' : pattern
  } catch (error) {
    if (error instanceof RE2JSException) return error.message
    throw error
  }
}
