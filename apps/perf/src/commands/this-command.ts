/** Of Kafka's properties, and of what others call theirs. */
const SECRET = /jaas|passw|secret|token|credential|keystore\.key/iu
/** `name=value`, also behind `--option=`, and behind `contestant:`. */
const PAIR = /^(?<head>(?:--[\w-]+=)?(?:[^=]*:)?(?<name>[\w.-]+)=)./su
const HIDDEN = '[hidden]'

/**
 * What a report says that made it: as it was typed, but for what only its owner may know. Reports
 * are shared.
 * @param args without the names of node and the script
 */
export function thisCommand(args: readonly string[] = process.argv.slice(2)): string {
  return `pafka-perf ${args.map(shared).map(quoted).join(' ')}`
}

/** Whichever option it belongs to: one that is mistyped has secrets too. */
function shared(word: string): string {
  const { head, name } = PAIR.exec(word)?.groups ?? {}
  return head !== undefined && SECRET.test(name ?? '') ? `${head}${HIDDEN}` : word
}

/** As a shell would take it again. */
function quoted(word: string): string {
  return /^[\w,./:=@%+-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
