import { dirname, join } from 'node:path/posix'

import { isRule, type Rule, type Violation } from '../rule.ts'
import type { SourceTree } from '../source-tree.ts'

const DECISION = /^docs\/decisions\/(.+)\.md$/
const NUMBERED = /^(\d{4})-[a-z0-9]+(-[a-z0-9]+)*$/
const LINK = /\]\(([^)\s]+)\)/g

/** docs/decisions/0001-title.md and on without a gap; each starts with `# 1. Title`. */
export const decisions: Rule = {
  name: 'decisions',
  check: (tree) =>
    tree.paths
      .flatMap((path) => {
        const name = DECISION.exec(path)?.[1]
        return name === undefined || name === 'README' ? [] : [{ path, name }]
      })
      .flatMap(({ path, name }, at) => decisionProblems(tree, path, name, at + 1)),
}

function decisionProblems(
  tree: SourceTree,
  path: string,
  name: string,
  expected: number,
): Violation[] {
  const number = NUMBERED.exec(name)?.[1]
  if (number === undefined) return [{ path, problem: 'is not named NNNN-title.md' }]
  if (Number(number) !== expected) return [{ path, problem: `should have number ${expected}` }]
  if (tree.read(path).startsWith(`# ${expected}. `)) return []
  return [{ path, line: 1, problem: `does not start with '# ${expected}. Title'` }]
}

/** A relative link in a document leads to a file or folder of the repository. */
export const links: Rule = {
  name: 'links',
  check: (tree) => {
    const known = new Set(tree.paths.flatMap(withFolders))
    return tree.paths
      .filter((path) => path.endsWith('.md') && !isRule(path))
      .flatMap((path) =>
        [...tree.read(path).matchAll(LINK)].flatMap(([, link = '']) => {
          const target = link.replace(/#.*$/, '')
          if (target === '' || /^[a-z]+:/.test(target)) return []
          const resolved = join(dirname(path), target).replace(/\/$/, '')
          return known.has(resolved) ? [] : [{ path, problem: `link to ${link} leads nowhere` }]
        }),
      )
  },
}

function withFolders(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'))
}
