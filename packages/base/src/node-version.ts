/** The oldest Node that `engines` of each package.json names. */
export const OLDEST_NODE = '22.15'

/**
 * What to tell who runs an older one, which lacks functions that are only missed in the midst of
 * the work. Commands ask before they import anything else: what there is only in newer ones is a
 * SyntaxError there.
 * @param version as in `process.versions.node`
 * @returns undefined where it will do
 */
export function nodeComplaint(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor = 0, leastMinor = 0] = OLDEST_NODE.split('.').map(Number)
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return undefined
  return `Node ${OLDEST_NODE} or newer is needed; this is ${version}`
}
