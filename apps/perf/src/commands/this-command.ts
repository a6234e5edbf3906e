/** What a report says that made it: as it was typed. */
export function thisCommand(): string {
  return `pafka-perf ${process.argv.slice(2).map(quoted).join(' ')}`
}

/** As a shell would take it again. */
function quoted(word: string): string {
  return /^[\w,./:=@%+-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
