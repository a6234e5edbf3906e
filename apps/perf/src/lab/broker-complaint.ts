const LOGGED_ERROR = /^\S+ \S+ error (?<what>.*)$/gmu

/** @param output of a broker. @returns what it logged last as an error; undefined for nothing */
export function brokerComplaint(output: string): string | undefined {
  return [...output.matchAll(LOGGED_ERROR)].at(-1)?.groups?.['what']
}
