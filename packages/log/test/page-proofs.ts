import { existsSync, readFileSync } from 'node:fs'

const ROOT = new URL('../../../', import.meta.url)

export interface NamedTest {
  readonly file: string
  readonly name: string
}

/** A page of docs that says what is so, and which tests show it. */
export interface ProvenPage {
  readonly claims: string
  /** `1 and 2, what: `file`, "test", "test"; `file``, each. */
  readonly lines: readonly string[]
}

export function provenPage(path: string): ProvenPage {
  const page = readFileSync(new URL(path, ROOT), 'utf8')
  const [claims = '', proofs = ''] = page.split('## Tests that show it')
  return { claims, lines: proofs.split(/^- /m).slice(1) }
}

/** Tests that lines name, each with the file that was named last. */
export function namedIn(lines: readonly string[]): NamedTest[] {
  const named: NamedTest[] = []
  let file = ''
  for (const [, path, name] of lines
    .join(' ')
    .replaceAll(/\s+/g, ' ')
    .matchAll(/`([^`]+)`|"([^"]+)"/g)) {
    if (path?.endsWith('.test.ts') === true) file = path
    if (name !== undefined) named.push({ file, name })
  }
  return named
}

/** Files that lines name. */
export function filesIn(lines: readonly string[]): string[] {
  const named = lines.join(' ').matchAll(/`([^`\s]+\/[^`\s]+\.(?:test\.ts|story))`/g)
  return [...named].map(([, path]) => path as string)
}

export function numbersOf(line: string): string[] {
  return line.slice(0, line.search(/[,:]/)).split(' and ')
}

export function isThere({ file, name }: NamedTest): boolean {
  const source = readFileSync(new URL(file, ROOT), 'utf8')
  return ["'", '`', '"'].some((quote) => source.includes(`${quote}${name}${quote}`))
}

export function hasFile(path: string): boolean {
  return existsSync(new URL(path, ROOT))
}
