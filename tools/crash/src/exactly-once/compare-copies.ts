import { Finding } from '../ledger/finding.ts'
import type { ReadRecord } from './committed-records.ts'

/** Where a copy differs from what was copied: each record once, in the order of the source. */
export function compareCopies(
  place: string,
  source: readonly ReadRecord[],
  copy: readonly ReadRecord[],
): Finding[] {
  const wanted = new Set(source.map(textOf))
  const seen = new Set<string>()
  for (const record of copy) {
    const text = textOf(record)
    if (seen.has(text)) return [new Finding('twice', place, `${text} at ${record.offset}`)]
    if (!wanted.has(text)) return [new Finding('never sent', place, `${text} at ${record.offset}`)]
    seen.add(text)
  }
  const lost = source.filter((record) => !seen.has(textOf(record)))
  if (lost[0] !== undefined) {
    const first = `${textOf(lost[0])} of ${lost[0].offset}`
    return [new Finding('lost', place, `${lost.length} records, first ${first}`)]
  }
  const at = source.findIndex((record, index) => textOf(record) !== textOf(copy[index]))
  if (at < 0) return []
  const detail = `${textOf(source[at])} should come, ${textOf(copy[at])} does`
  return [new Finding('moved', place, detail)]
}

/** Records that a feeder had acknowledged: each is there, once. */
export function compareFed(
  place: string,
  acked: Iterable<string>,
  source: readonly ReadRecord[],
): Finding[] {
  const counts = new Map<string, number>()
  for (const { value } of source) counts.set(value, (counts.get(value) ?? 0) + 1)
  for (const [value, count] of counts) {
    if (count > 1) return [new Finding('twice', place, value)]
  }
  for (const value of acked) {
    if (!counts.has(value)) return [new Finding('lost', place, value)]
  }
  return []
}

function textOf(record: ReadRecord | undefined): string {
  return record === undefined ? 'nothing' : `${record.key}=${record.value}`
}
