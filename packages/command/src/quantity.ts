const BYTES = /^(\d+(?:\.\d+)?)\s*([KMGTP]?)(i?)B?(?:\/s)?$/i
/** After a capital, or in a rate: `1Gb`, `20gb/s`. */
const BITS = /^[\d.]+\s*(?:[KMGTP]i?b|[kmgtp]?i?b(?=\/s)|[KMGTPkmgtp]?i?(?:[Bb]its?|bps))(?:\/s)?$/
const TIME = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/
const LETTERS = 'KMGTP'
const TIMES: Readonly<Record<string, number>> = {
  ...{ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 },
}

/**
 * `1.6TB` or `2GB/s` by thousands, `256MiB` by 1024.
 * @returns undefined for anything else, also for bits, which would be eight times as much
 */
export function parseBytes(text: string): number | undefined {
  if (isBits(text)) return undefined
  const [, number, letter = '', binary] = BYTES.exec(text.trim()) ?? []
  if (number === undefined) return undefined
  const power = letter === '' ? 0 : LETTERS.indexOf(letter.toUpperCase()) + 1
  return Number(number) * (binary === '' ? 1000 : 1024) ** power
}

/** What a complaint ends with, where `parseBytes` takes a text for bits. */
export function bitsHint(text: string): string {
  return isBits(text) ? '; b is for bits, write B for bytes' : ''
}

function isBits(text: string): boolean {
  return BITS.test(text.trim())
}

/** `10s`, `7d`. @returns milliseconds, or undefined for anything else */
export function parseTime(text: string): number | undefined {
  const [, number, unit = ''] = TIME.exec(text.trim()) ?? []
  return number === undefined ? undefined : Number(number) * (TIMES[unit] ?? 1)
}

const NAMES = ['day', 'hour', 'minute', 'second'] as const
const LENGTHS_MS = [86_400_000, 3_600_000, 60_000, 1000] as const

/** `7 days`, `1.5 hours`: in the largest unit of which it has one. */
export function timeText(ms: number): string {
  const at = LENGTHS_MS.findIndex((length) => ms >= length)
  const unit = at < 0 ? LENGTHS_MS.length - 1 : at
  const count = Number((ms / (LENGTHS_MS[unit] ?? 1)).toFixed(2))
  return `${count} ${NAMES[unit]}${count === 1 ? '' : 's'}`
}

/** `1.6 TB`, by thousands as disks are sold. */
export function decimalBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(LETTERS.length, Math.floor(Math.log10(bytes) / 3 + 1e-9))
  const letter = power === 0 ? '' : (LETTERS[power - 1] ?? '')
  const scaled = bytes / 1000 ** power
  return `${scaled >= 100 || power === 0 ? scaled.toFixed(0) : scaled.toFixed(1)} ${letter}B`
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 2 : 1)} %`
}
