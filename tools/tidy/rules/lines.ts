import { eachLine, isCode, isGenerated, isRule, type Rule } from '../rule.ts'

const COLUMNS = 100
const UNFINISHED = /\b(TODO|FIXME|XXX|HACK)\b/
const WITH_UNFINISHED = /\.(ts|mts|cts|js|mjs|cjs|md|yaml|yml|sh|py|go|java|cc|h)$/

/** oxfmt breaks code at 100 columns, but neither comments nor strings. */
export const lineWidth: Rule = {
  name: 'line-width',
  check: (tree) =>
    tree.paths
      .filter((path) => isCode(path) && !isGenerated(path))
      .flatMap((path) =>
        eachLine(tree, path, (line) =>
          line.length > COLUMNS && !/https?:\/\//.test(line)
            ? `${line.length} columns, at most ${COLUMNS}`
            : undefined,
        ),
      ),
}

/** What is not done is an issue, not a note that nobody reads. */
export const unfinished: Rule = {
  name: 'unfinished',
  check: (tree) =>
    tree.paths
      .filter((path) => WITH_UNFINISHED.test(path) && !isRule(path))
      .flatMap((path) => eachLine(tree, path, (line) => UNFINISHED.exec(line)?.[0])),
}
