/** Indents lines by the braces around them; the emitters need not know how deep they are. */
export function indent(code: string): string {
  let depth = 0
  return code
    .split('\n')
    .map((line) => {
      if (line.startsWith('}')) depth -= 1
      const indented = line === '' ? '' : '  '.repeat(depth) + line
      if (line.endsWith('{')) depth += 1
      return indented
    })
    .join('\n')
}
