// `node tools/tidy/tidy.ts`: every break of a house rule, one line each.
import { join } from 'node:path'

import { rules } from './rules/index.ts'
import { readSourceTree } from './source-tree.ts'

const tree = readSourceTree(join(import.meta.dirname, '../..'))
for (const rule of rules) {
  for (const { path, line, problem } of rule.check(tree)) {
    process.exitCode = 1
    console.log(`${path}${line === undefined ? '' : `:${line}`}  ${rule.name}: ${problem}`)
  }
}
