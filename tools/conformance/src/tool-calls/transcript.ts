import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { packageFolder } from '../install/toolbox.ts'
import type { PartName } from './parts.ts'
import type { ToolCall } from './tool-call.ts'

/** What a tool did: all that it printed, and how it ended. */
export interface ToolAnswer {
  readonly printed: string
  readonly code: number
}

export interface Surroundings {
  /** What `%` stands for. */
  readonly prefix: string
  readonly bootstrap: string
  readonly file: string
}

const STACK = /^\s+at |^\s*\.\.\. \d+ more|^\t|^Caused by: |^Note: |^WARNING: /
/** What is another at each run, and the name that it gets. In this order. */
const CHANCES: readonly (readonly [chance: RegExp, name: string])[] = [
  [/looked-at-[\w-]{20,}/g, 'looked-at-<id>'],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>'],
  [/(?<![\w.-])[\w-]{22}(?![\w-])/g, '<id>'],
  [/("log_?[dD]irs?":\[?")[^"]+/g, '$1<dir>'],
  [/\b\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d[:.,]\d{3}\b|\b1[6-9]\d{11}\b/g, '<time>'],
  [/\b(producerId|crc|Epoch): \d+/g, '$1: N'],
  [/\s+/g, ' '],
]

/**
 * What of an answer has to be the same at any broker and in any run. Tools print much in the order
 * of a hash table, so lines are sorted.
 */
export function essenceOf(
  { keeps, anyNumbers }: ToolCall,
  { printed, code }: ToolAnswer,
  { prefix, bootstrap, file }: Surroundings,
): string[] {
  const port = bootstrap.slice(bootstrap.lastIndexOf(':') + 1)
  const lines = printed
    .replaceAll(prefix, '%')
    .replaceAll(bootstrap, '$broker')
    .replaceAll(new RegExp(`(?<=127.0.0.1 )${port}`, 'g'), '$port')
    .replaceAll(file, '$file')
    .split('\n')
    .filter((line) => line.trim() !== '' && !STACK.test(line))
    .filter((line) => keeps === undefined || keeps.test(line))
    .map((line) => {
      let plain = line
      for (const [chance, name] of CHANCES) plain = plain.replaceAll(chance, name)
      return (anyNumbers ? plain.replaceAll(/\d[\d.]*/g, 'N') : plain).trim()
    })
  return [...lines.toSorted(), `exit ${code}`]
}

/** Calls with the essence of what came of them, as a text that people can compare. */
export function formatTranscript(essences: ReadonlyMap<string, readonly string[]>): string {
  const blocks = Array.from(essences, ([line, essence]) => `$ ${line}\n${essence.join('\n')}\n`)
  return blocks.join('\n')
}

export function parseTranscript(text: string): Map<string, string[]> {
  const blocks = text.split('\n\n').filter((block) => block.trim() !== '')
  return new Map(
    blocks.map((block) => {
      const [head = '', ...essence] = block.trimEnd().split('\n')
      return [head.slice('$ '.length), essence]
    }),
  )
}

/** The same line may be called more than once: the second is `line #2`. */
export function namesOf(calls: readonly ToolCall[]): string[] {
  const seen = new Map<string, number>()
  return calls.map(({ line }) => {
    const count = (seen.get(line) ?? 0) + 1
    seen.set(line, count)
    return count === 1 ? line : `${line} #${count}`
  })
}

/** What was recorded. @param who `kafka`, or `pafka` for what differs from it. */
export function recorded(who: 'kafka' | 'pafka', part: PartName): Map<string, string[]> {
  const path = join(packageFolder, 'fixtures', 'tool-calls', who, `${part}.txt`)
  return parseTranscript(readFileSync(path, 'utf8'))
}
