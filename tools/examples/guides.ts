import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'docs/client')
const README = join(ROOT, 'packages/client/README.md')
/** A file of a program, and what it prints where it prints. */
const SAMPLE = /^```ts\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms
const NAME = /^\/\/ ([a-z-]+(?:\.test)?\.ts)\n/
/** Where a person presses Ctrl+C. */
const STOPPED = '^C\n'

/** One file of a guide. */
export interface Sample {
  readonly name: string
  readonly code: string
  readonly prints: string
  /** What it prints after it was interrupted; undefined for one that ends by itself. */
  readonly printsThen: string | undefined
}

/** A page of docs/client, or the README, and its samples in their order. */
export interface Guide {
  readonly name: string
  readonly samples: readonly Sample[]
}

export function readGuides(): Guide[] {
  const pages = readdirSync(FOLDER).filter((file) => file.endsWith('.md'))
  const guides = pages.toSorted().map((file) => {
    return { name: file.replace(/\.md$/, ''), path: join(FOLDER, file) }
  })
  return [...guides, { name: 'readme', path: README }].map(({ name, path }) => {
    return { name, samples: samplesOf(readFileSync(path, 'utf8')) }
  })
}

/** @throws {Error} for a sample that does not say which file it is: it could not be run */
export function samplesOf(page: string): Sample[] {
  return [...page.matchAll(SAMPLE)].map(([, code = '', text = '']) => {
    const name = NAME.exec(code)?.[1]
    if (name === undefined) throw new Error(`a sample does not begin with its name:\n${code}`)
    const [prints = '', printsThen] = text.split(STOPPED)
    return { name, code, prints, printsThen }
  })
}
