/** Of the highest rate that any contestant reached. */
const SHARES = [0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1]
const DIGITS = 100

/**
 * Rates at which curves are drawn, where nobody named any: the same for all, up to the highest that
 * one of them reached.
 * @param steps how many, at most
 */
export function ratesUpTo(highestPerSecond: number, steps: number): number[] {
  const shares = Array.from({ length: Math.min(steps, SHARES.length) }, (_, at) => {
    const place = ((at + 1) * SHARES.length) / Math.min(steps, SHARES.length) - 1
    return SHARES[Math.round(place)] ?? 1
  })
  return [...new Set(shares.map((share) => rounded(highestPerSecond * share)))]
}

/** To two digits. */
function rounded(rate: number): number {
  const unit = 10 ** Math.floor(Math.log10(rate)) / (DIGITS / 10)
  return Math.max(1, Math.round(Math.round(rate / unit) * unit))
}
