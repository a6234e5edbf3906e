import { ConfigError } from '@pafka/base'

/** Kafka's dotted names, and what they are set to. */
export type Properties = ReadonlyMap<string, string>

/** `name=value` or `name: value` a line; `#` and `!` begin comments, a backslash goes on. */
export function parseProperties(text: string): Properties {
  const lines = text.replaceAll(/\\\r?\n\s*/gu, '').split(/\r?\n/u)
  const found = new Map<string, string>()
  for (const line of lines) {
    const [, name, value = ''] = /^\s*([^\s#!=:][^\s=:]*)\s*[=:\s]?\s*(.*?)\s*$/u.exec(line) ?? []
    if (name !== undefined) found.set(name, value)
  }
  return found
}

/** Each `name=value`, as on a command line. @throws {ConfigError} */
export function parsePairs(pairs: readonly string[]): Properties {
  const wrong = pairs.filter((pair) => !/^[^=\s]+=/u.test(pair))
  if (wrong.length > 0) throw new ConfigError(wrong.map((pair) => `${pair}: should be name=value`))
  return new Map(
    pairs.map((pair): [string, string] => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
