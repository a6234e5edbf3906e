import { assert } from '@pafka/base'

/** What an axis of powers shows. */
export interface LogAxis {
  readonly domain: readonly [least: number, most: number]
  /** With a label each. */
  readonly ticks: readonly number[]
}

const STEPS = [1, 2, 5] as const
/** More, and only powers of ten have labels. */
const MOST_TICKS = 10
/** A domain is no narrower: most to least. */
const NARROWEST = 4

/** From one of 1, 2, 5, 10, 20, ... below all values to one above. @param values above 0, some */
export function logAxis(values: readonly number[]): LogAxis {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  assert(
    values.length > 0 && least > 0 && Number.isFinite(most),
    'a logarithm is of what is above 0',
  )
  let first = placeBelow(least)
  let last = placeBelow(most)
  if (stepAt(last) < most) last += 1
  while (stepAt(last) / stepAt(first) < NARROWEST) {
    first -= 1
    last += 1
  }
  const all = Array.from({ length: last - first + 1 }, (_, at) => first + at)
  const few = all.length > MOST_TICKS ? all.filter((place) => place % STEPS.length === 0) : all
  return { domain: [stepAt(first), stepAt(last)], ticks: few.map(stepAt) }
}

/** The steps in their order: 1 is the 0th, 2 the 1st, 10 the 3rd, 0.5 the -1st. */
function stepAt(place: number): number {
  const power = Math.floor(place / STEPS.length)
  const step = STEPS[place - power * STEPS.length] ?? 1
  return Number(`${step}e${power}`)
}

/** The last step that is not above a value. */
function placeBelow(value: number): number {
  let place = Math.floor(Math.log10(value)) * STEPS.length - 1 // the logarithm may be rounded up
  while (stepAt(place + 1) <= value) place += 1
  return place
}
