import type { SourceTree } from './source-tree.ts'

/** One place where a rule is broken. */
export interface Violation {
  readonly path: string
  /** 1 is the first line; absent when the whole file is meant. */
  readonly line?: number
  readonly problem: string
}

/** A house rule that a machine can decide. */
export interface Rule {
  readonly name: string
  check(tree: SourceTree): readonly Violation[]
}

const CODE = /\.(ts|mts|cts|js|mjs|cjs)$/

export function isCode(path: string): boolean {
  return CODE.test(path)
}

/** Generated code is dull on purpose and exempt from what keeps people's code small. */
export function isGenerated(path: string): boolean {
  return path.includes('/src/generated/')
}

/** The rules name what they forbid, and so do their tests. */
export function isRule(path: string): boolean {
  return path.startsWith('tools/tidy/')
}

/** A violation for every line of `path` in which `find` sees a problem. */
export function eachLine(
  tree: SourceTree,
  path: string,
  find: (line: string) => string | undefined,
): Violation[] {
  return tree
    .read(path)
    .split('\n')
    .flatMap((text, at) => {
      const problem = find(text)
      return problem === undefined ? [] : [{ path, line: at + 1, problem }]
    })
}
