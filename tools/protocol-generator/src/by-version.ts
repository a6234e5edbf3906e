import type { VersionRange } from './schema.ts'

interface Segment {
  readonly first: number
  readonly last: number
  readonly code: string
}

/** The code of every version, with equal neighbours merged. */
function segmentsOf(range: VersionRange, codeOf: (version: number) => string): Segment[] {
  const segments: Segment[] = []
  for (let version = range.first; version <= range.last; version++) {
    const code = codeOf(version)
    const before = segments.at(-1)
    const merged = before?.code === code ? segments.pop() : undefined
    segments.push({ first: merged?.first ?? version, last: version, code })
  }
  return segments
}

/** One expression that is right in every version: `version <= 3 ? a : b`, or only `a`. */
export function expressionByVersion(
  range: VersionRange,
  codeOf: (version: number) => string,
): string {
  const segments = segmentsOf(range, codeOf)
  const lastAt = segments.length - 1
  return segments
    .map(({ last, code }, at) => (at === lastAt ? code : `version <= ${last} ? ${code} : `))
    .join('')
}

/** The condition under which a version of `range` is within `part`; empty when always. */
export function conditionOf(part: VersionRange, range: VersionRange): string {
  const { first, last } = part
  if (first === last && first > range.first && last < range.last) return `version === ${first}`
  const tests = []
  if (first > range.first) tests.push(`version >= ${first}`)
  if (last < range.last) tests.push(`version <= ${last}`)
  return tests.join(' && ')
}

/** One statement, or ifs around several; versions whose code is empty do nothing. */
export function statementByVersion(
  range: VersionRange,
  codeOf: (version: number) => string,
): string {
  const segments = segmentsOf(range, codeOf)
  if (segments.length === 1) return segments[0]?.code ?? ''
  if (segments.every(({ code }) => code !== '')) {
    return segments
      .map(({ last, code }) => {
        const head = last === range.last ? '' : `if (version <= ${last}) `
        return `${head}{\n${code}\n}`
      })
      .join(' else ')
  }
  return segments
    .filter(({ code }) => code !== '')
    .map((segment) => `if (${conditionOf(segment, range)}) {\n${segment.code}\n}`)
    .join('\n')
}
