import { basename, dirname } from 'node:path/posix'

import { isGenerated, type Rule } from '../rule.ts'

const BESIDE = /\.(test|fuzz|bench)\.ts$/

/**
 * `x.test.ts` and `x-under-load.test.ts` stand beside `x.ts`; a test of many modules is named
 * after a folder above it, or is a scenario in `test/`. Examples are tests of their own.
 */
export const testsBesideCode: Rule = {
  name: 'tests-beside-code',
  check: (tree) => {
    const paths = new Set(tree.paths)
    return tree.paths
      .filter((path) => BESIDE.test(path) && !/(^|\/)(test|examples)\//.test(path))
      .filter((path) => !isGenerated(path) && !hasModule(path, paths))
      .map((path) => ({ path, problem: `there is no ${path.replace(BESIDE, '.ts')} beside it` }))
  },
}

function hasModule(path: string, paths: ReadonlySet<string>): boolean {
  const folder = dirname(path)
  const words = basename(path).replace(BESIDE, '').split('-')
  const stems = words.map((_, at) => words.slice(0, at + 1).join('-'))
  return (
    stems.some((stem) => paths.has(`${folder}/${stem}.ts`)) ||
    folder.split('/').includes(words.join('-'))
  )
}
