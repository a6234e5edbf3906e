export const KIB: number = 1024
export const MIB: number = 1024 * KIB
export const GIB: number = 1024 * MIB
/** As networks and devices are sold. */
export const MB: number = 1_000_000

export const SECOND_MS: number = 1000
export const MINUTE_MS: number = 60 * SECOND_MS
export const HOUR_MS: number = 60 * MINUTE_MS
export const DAY_MS: number = 24 * HOUR_MS

/** 1536 becomes `1.5 KiB`; for people, never parsed back. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  let scaled = bytes
  let unit = 0
  while (Math.abs(scaled) >= KIB && unit < units.length - 1) {
    scaled /= KIB
    unit += 1
  }
  return `${Number.isInteger(scaled) ? scaled : scaled.toFixed(1)} ${units[unit]}`
}
