/** Values that are deeper, or without an end, go through JSON, which says so. */
const MOST_DEPTH = 100

/**
 * What JSON makes of a value, as a reader will have it: the value itself where that is all JSON, as
 * most are, else a copy that went through it. A `Date` is a text then, a field that is `undefined`
 * is not there, an `undefined` of an array is null, and of a `Map` nothing is left. Looking costs
 * a quarter of reading it back from JSON.
 * @throws {TypeError} for what JSON has not: a bigint, NaN, an infinite number, a circle
 */
export function asWritten(value: unknown): unknown {
  if (isPlain(value, MOST_DEPTH)) return value
  const text: string | undefined = JSON.stringify(value, refusingNoNumbers)
  return text === undefined ? undefined : JSON.parse(text)
}

/** @param depthLeft as many levels are looked at */
function isPlain(value: unknown, depthLeft: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean'
  if (value === null) return true
  if (depthLeft === 0) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  const isList = Array.isArray(value) && prototype === Array.prototype
  if (!isList && prototype !== Object.prototype && prototype !== null) return false
  if ('toJSON' in value) return false
  const parts: readonly unknown[] = isList ? value : Object.values(value)
  for (const part of parts) if (!isPlain(part, depthLeft - 1)) return false
  return true
}

/** JSON would write null for them. */
function refusingNoNumbers(name: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  throw new TypeError(`${name === '' ? 'the value' : name} is ${value}, which JSON does not have`)
}
