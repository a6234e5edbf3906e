import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'docs/client')
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

/** A page of docs/client, and its samples in their order. */
export interface Guide {
  readonly name: string
  readonly samples: readonly Sample[]
}

export function readGuides(): Guide[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.md'))
    .toSorted()
    .map((file) => ({
      name: file.replace(/\.md$/, ''),
      samples: samplesOf(readFileSync(join(FOLDER, file), 'utf8')),
    }))
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
