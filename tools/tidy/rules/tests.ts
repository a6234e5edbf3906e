import { basename, dirname } from 'node:path/posix'

import { isGenerated, type Rule } from '../rule.ts'

const BESIDE = /\.(test|fuzz|bench)\.ts$/

/** `x.test.ts` stands beside `x.ts`, is named after its folder, or is a scenario in `test/`. */
export const testsBesideCode: Rule = {
  name: 'tests-beside-code',
  check: (tree) => {
    const paths = new Set(tree.paths)
    return tree.paths
      .filter((path) => BESIDE.test(path) && !/(^|\/)test\//.test(path) && !isGenerated(path))
      .filter((path) => {
        const module = path.replace(BESIDE, '.ts')
        const ofFolder = basename(dirname(path)) === basename(path).replace(BESIDE, '')
        return !paths.has(module) && !ofFolder
      })
      .map((path) => ({ path, problem: `there is no ${path.replace(BESIDE, '.ts')} beside it` }))
  },
}
