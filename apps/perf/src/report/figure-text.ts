import { MB } from '@pafka/base'

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const THREE_DIGITS = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** `0.352`, `2.21`, `1,194`: three digits where there are fewer before the point. */
export function figureText(value: number): string {
  return (Math.abs(value) < 100 ? THREE_DIGITS : WHOLE).format(value)
}

/** `12,000`. */
export function wholeText(value: number): string {
  return WHOLE.format(value)
}

/** By thousands, as devices and networks are sold: `831 MB/s` is 831,000,000 bytes a second. */
export function megabytesText(bytesPerSecond: number): string {
  return figureText(bytesPerSecond / MB)
}

/** @param offeredPerSecond undefined: as fast as it goes */
export function offeredText(offeredPerSecond: number | undefined): string {
  return offeredPerSecond === undefined
    ? 'as fast as it goes'
    : `${wholeText(offeredPerSecond)} records/s`
}
