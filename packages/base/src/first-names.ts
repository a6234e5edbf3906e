const FEW = 3

/** The first of many, for a line of a log. */
export function firstNames(names: readonly string[]): string {
  return names.slice(0, FEW).join(' ')
}
