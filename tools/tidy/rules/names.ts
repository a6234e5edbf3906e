import { basename } from 'node:path/posix'

import { eachLine, isCode, isGenerated, isRule, type Rule, type Violation } from '../rule.ts'

const KEBAB = /^\.?[a-z0-9]+(-[a-z0-9]+)*$/
const WELL_KNOWN = new Set(['README', 'CHANGELOG', 'LICENSE', 'CONTRIBUTING', 'Dockerfile'])
const KEPT_KEBAB = /\.(ts|mts|cts|js|mjs|cjs|md|sh|yaml|yml)$/
const NOTHING = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'impl'])
/** Words for which Kafka has its own: record, record batch, offset. */
const NOT_KAFKAS = new Set(['chunk', 'chunks', 'cursor', 'cursors'])
const DECLARED = /\b(?:class|interface|type|enum|namespace|function)\s+(\w+)/

const PLACES = /^(packages|apps|tools|docs)\//

/** Files and folders are named in kebab-case, after their one main export. */
export const kebabCase: Rule = {
  name: 'kebab-case',
  check: (tree) =>
    tree.paths
      .filter((path) => PLACES.test(path) && KEPT_KEBAB.test(path))
      .flatMap((path) => path.split('/').flatMap((part) => kebabProblem(path, part))),
}

function kebabProblem(path: string, part: string): Violation[] {
  if (part.startsWith('.')) return []
  const words = part.split('.')
  const [stem = ''] = words
  const fine = WELL_KNOWN.has(stem) || words.every((word) => KEBAB.test(word))
  return fine ? [] : [{ path, problem: `${part} is not in kebab-case` }]
}

/** A name that says nothing collects what belongs nowhere. */
export const tellingNames: Rule = {
  name: 'telling-names',
  check: (tree) =>
    tree.paths
      .filter((path) => PLACES.test(path))
      .flatMap((path) =>
        wordsOfPath(path)
          .filter((word) => NOTHING.has(word) || NOT_KAFKAS.has(word))
          .map((word) => ({ path, problem: `'${word}' in a file's or folder's name` })),
      ),
}

function wordsOfPath(path: string): string[] {
  return path.split('/').flatMap((part) => basename(part).toLowerCase().split(/[-._]/))
}

/** Types and functions too; Kafka's own names, which generated code has, are exempt. */
export const vocabulary: Rule = {
  name: 'vocabulary',
  check: (tree) =>
    tree.paths
      .filter((path) => isCode(path) && !isGenerated(path) && !isRule(path))
      .flatMap((path) => eachLine(tree, path, (line) => declaredProblem(path, line))),
}

function declaredProblem(path: string, line: string): string | undefined {
  if (/^\s*(\*|\/\/|\/\*)/.test(line)) return undefined
  const name = DECLARED.exec(line)?.[1]
  if (name === undefined) return undefined
  if (/\binterface\s+I[A-Z][a-z]/.test(line)) return `${name}: an interface needs no I`
  const words = name.split(/(?=[A-Z])/).map((word) => word.toLowerCase())
  const ofKafka = !path.startsWith('tools/') // a parser of ours may have a cursor
  const bad = words.find((word) => NOTHING.has(word) || (ofKafka && NOT_KAFKAS.has(word)))
  return bad === undefined ? undefined : `${name}: '${bad}' is not our word`
}
