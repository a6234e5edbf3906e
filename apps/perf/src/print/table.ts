const GAP = '  '

/**
 * Rows of cells below their heads, for people; as wide as its widest cells.
 * @param isText whether a column begins at the left; the others are of figures
 */
export function tableLines(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  isText: (column: number) => boolean,
): string[] {
  const all = [heads, ...rows]
  const columns = Math.max(...all.map((row) => row.length))
  const widths = Array.from({ length: columns }, (_, at) => {
    return Math.max(...all.map((row) => row[at]?.length ?? 0))
  })
  return all.map((row) => {
    const cells = row.map((cell, at) => {
      const width = widths[at] ?? 0
      return isText(at) ? cell.padEnd(width) : cell.padStart(width)
    })
    return cells.join(GAP).trimEnd()
  })
}

/** Names first, then figures. */
export function isFirst(column: number): boolean {
  return column === 0
}
