import { relative, resolve, sep } from 'node:path'

/** Whether a folder is a dir, or lies somewhere in it. */
export function isWithin(folder: string, dir: string): boolean {
  return relative(resolve(dir), resolve(folder)).split(sep, 1)[0] !== '..'
}
