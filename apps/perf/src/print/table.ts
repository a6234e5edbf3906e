const GAP = '  '

/**
 * Rows of cells below their heads, for people; as wide as its widest cells.
 * @param texts so many columns are of text, which begins at the left; the others are of figures
 */
export function tableLines(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  texts: number,
): string[] {
  const all = [heads, ...rows]
  const widths = heads.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)))
  return all.map((row) => {
    const cells = widths.map((width, at) => {
      const cell = row[at] ?? ''
      return at < texts ? cell.padEnd(width) : cell.padStart(width)
    })
    return cells.join(GAP).trimEnd()
  })
}
