// `node tools/examples/page.ts` puts the examples, as they are, into docs/embedding.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = join(ROOT, 'docs/embedding.md')
const EXAMPLES = 'apps/broker/examples'
/** A comment that names a file of the examples, and the code block after it. */
const SHOWN = /^(<!-- example: (\S+) -->\n+```)(\w+)\n.*?^```$/gms

export interface Page {
  readonly current: string
  /** The page as it must be. */
  readonly wanted: string
  /** The examples that it shows. */
  readonly files: readonly string[]
}

export function readPage(): Page {
  const current = readFileSync(PAGE, 'utf8')
  const files: string[] = []
  const wanted = current.replaceAll(SHOWN, (_, start: string, file: string, language: string) => {
    files.push(file)
    const code = readFileSync(join(ROOT, EXAMPLES, file), 'utf8')
    return `${start}${language}\n${code}\`\`\``
  })
  return { current, wanted, files }
}

if (import.meta.main) writeFileSync(PAGE, readPage().wanted)
