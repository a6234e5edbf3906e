/** Where a share group begins to read a partition (`share.auto.offset.reset`). */
export type GroupOffsetReset =
  | { readonly kind: 'earliest' | 'latest' }
  /** At the first record that is at most so old. */
  | { readonly kind: 'by_duration'; readonly durationMs: number }

const BY_DURATION = 'by_duration:'

/** ISO 8601; the seconds alone may have a fraction, of nanoseconds at most. */
const DURATION = new RegExp(
  '^(?<sign>[-+]?)P(?:(?<days>N)D)?(?:T(?=[-+\\d])(?:(?<hours>N)H)?(?:(?<minutes>N)M)?'
    .concat('(?:(?<seconds>N)(?:[.,](?<fraction>\\d{0,9}))?S)?)?$')
    .replaceAll('N', '[-+]?\\d{1,18}'),
  'i',
)

/** undefined for a text that is none. */
export function parseGroupOffsetReset(text: string): GroupOffsetReset | undefined {
  if (text === 'earliest' || text === 'latest') return { kind: text }
  if (!text.startsWith(BY_DURATION)) return undefined
  const durationMs = parseDurationMs(text.slice(BY_DURATION.length))
  return durationMs === undefined || durationMs < 0
    ? undefined
    : { kind: 'by_duration', durationMs }
}

/** As `java.time.Duration` reads it: a day has 24 hours. Parts of a millisecond are dropped. */
function parseDurationMs(text: string): number | undefined {
  const { groups } = DURATION.exec(text) ?? {}
  if (groups === undefined) return undefined
  const { sign, days, hours, minutes, seconds, fraction } = groups
  if ((days ?? hours ?? minutes ?? seconds) === undefined) return undefined
  const wholeMs =
    1000 * (86_400 * count(days) + 3600 * count(hours) + 60 * count(minutes) + count(seconds))
  const partMs = Math.trunc(count((fraction ?? '').padEnd(9, '0')) / 1e6)
  const ms = wholeMs + (seconds?.startsWith('-') === true ? -partMs : partMs)
  return sign === '-' ? -ms : ms
}

function count(text: string | undefined): number {
  return Number(text ?? 0)
}
