import { ConfigError, messageOf } from '@pafka/base'

/** Values of records, in the order in which they were found. */
export interface TextValues {
  readonly count: number
  readonly at: (index: number) => Uint8Array
}

const MOST_VALUES = 20_000_000

/**
 * What lies between delimiters, as Java's Scanner finds it: one at the beginning is passed over, as
 * is one at the end; between two that follow one another there is an empty value.
 * @param delimiter a regular expression
 * @throws {ConfigError}
 */
export function textValues(
  text: string,
  delimiter: string,
  mostValues: number = MOST_VALUES,
): TextValues {
  const [here, next] = [patternOf(delimiter, 'uy'), patternOf(delimiter, 'ug')]
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  const ends: number[] = []
  for (let [from, length] = [0, 0]; ;) {
    here.lastIndex = from
    if (here.test(text)) from = here.lastIndex
    if (from === text.length) break
    const end = endOf(next, text, from)
    length += bytes.write(text.slice(from, end), length)
    ends.push(length)
    if (ends.length > mostValues) {
      throw new ConfigError([`--payload-file: has more than ${mostValues} values`])
    }
    from = end
  }
  return { count: ends.length, at: (index) => bytes.subarray(ends[index - 1] ?? 0, ends[index]) }
}

/** Where the next delimiter begins; one of no length is none where the value begins. */
function endOf(next: RegExp, text: string, from: number): number {
  next.lastIndex = from
  const found = next.exec(text)
  if (found === null) return text.length
  if (found.index > from || found[0] !== '') return found.index
  next.lastIndex = from + ((text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1)
  return next.exec(text)?.index ?? text.length
}

function patternOf(delimiter: string, flags: string): RegExp {
  try {
    return new RegExp(delimiter, flags)
  } catch (error) {
    throw new ConfigError([`--payload-delimiter: ${messageOf(error)}`])
  }
}
