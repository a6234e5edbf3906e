import type { InputRecord, SeenRecord } from './record.ts'

const MOST_PROBLEMS = 5

/**
 * Compares what went in with what came out, record by record: every record once, byte for byte,
 * offsets rising, and in each partition the records in the order they were sent. Which key goes
 * to which partition is the client's own choice.
 * @returns problems in plain words, empty when all is well.
 */
export function compareRecords(
  sent: readonly InputRecord[],
  seen: readonly SeenRecord[],
): string[] {
  const problems: string[] = []
  if (seen.length !== sent.length) problems.push(`sent ${sent.length}, saw ${seen.length}`)
  problems.push(...compareKeyless(sent, seen), ...repeatedOffsets(seen))
  const keyed = seen.filter(({ key }) => key !== null)
  const homes = new Map<string, string>()
  for (const { key, topic, partition } of keyed) {
    const home = `${topic} [${partition}]`
    const earlier = homes.get(String(key)) ?? home
    if (earlier !== home) problems.push(`key ${decode(key)} is in ${earlier} and in ${home}`)
    homes.set(String(key), home)
  }
  for (const home of new Set(homes.values())) {
    const wanted = sent.filter(({ key }) => key !== null && homes.get(key) === home)
    const came = keyed
      .filter(({ topic, partition }) => `${topic} [${partition}]` === home)
      .toSorted((a, b) => a.offset - b.offset)
    problems.push(...compareInOrder(home, wanted, came))
  }
  const lost = sent.filter(({ key }) => key !== null && !homes.has(key))
  if (lost.length > 0) problems.push(`${lost.length} records lost, first ${show(lost[0])}`)
  return problems.slice(0, MOST_PROBLEMS)
}

function compareInOrder(
  home: string,
  wanted: readonly InputRecord[],
  came: readonly SeenRecord[],
): string[] {
  for (let at = 0; at < Math.max(wanted.length, came.length); at++) {
    if (textOf(wanted[at]) === textOf(came[at])) continue
    const place = `${home}: record ${at} of ${wanted.length}`
    return [`${place} should be ${show(wanted[at])}, is ${show(came[at])}`]
  }
  return []
}

/** Records without a key may go anywhere, in any order. */
function compareKeyless(sent: readonly InputRecord[], seen: readonly SeenRecord[]): string[] {
  const wanted = sent
    .filter(({ key }) => key === null)
    .map(textOf)
    .toSorted()
  const came = seen
    .filter(({ key }) => key === null)
    .map(textOf)
    .toSorted()
  if (wanted.join('\n') === came.join('\n')) return []
  return [`${wanted.length} records without a key sent, ${came.length} came or differ`]
}

/** @returns one line per offset that was handed over twice. */
export function repeatedOffsets(seen: readonly SeenRecord[]): string[] {
  const places = new Set<string>()
  const twice: string[] = []
  for (const { topic, partition, offset } of seen) {
    const place = `${topic} [${partition}] @ ${offset}`
    if (places.has(place)) twice.push(`${place} came twice`)
    places.add(place)
  }
  return twice
}

/** Every record at least once, as a group owes it over a rebalance. */
export function missingRecords(
  sent: readonly InputRecord[],
  seen: readonly SeenRecord[],
): InputRecord[] {
  const came = new Set(seen.map(textOf))
  return sent.filter((record) => !came.has(textOf(record)))
}

function textOf(record: InputRecord | undefined): string {
  if (record === undefined) return 'nothing'
  const headers = record.headers.map(([name, value]) => `${name}=${value}`).toSorted()
  return JSON.stringify([record.key, record.value, headers])
}

const decode = (bytes: string | null): string =>
  bytes === null ? 'null' : Buffer.from(bytes, 'base64').toString()

function show(record: InputRecord | undefined): string {
  if (record === undefined) return 'nothing'
  const headers = record.headers.map(([name, value]) => `${name}=${decode(value)}`).join(',')
  const value = decode(record.value)
  const shown = value.length > 100 ? `${value.slice(0, 100)}.. of ${value.length}` : value
  return `${decode(record.key)} -> ${shown} {${headers}}`
}
