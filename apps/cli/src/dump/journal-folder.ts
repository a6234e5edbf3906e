import { basename, dirname, resolve } from 'node:path'

/** Rounds for a log dir that failed are set aside as a journal in the journal's folder. */
const ASIDE = /^stranded-\d+(\.broken)?$/

export function isSetAside(folder: string): boolean {
  return ASIDE.test(basename(resolve(folder)))
}

/** The journal's own folder; of one that was set aside in it, that of which it is a part. */
export function journalFolderOf(folder: string): string {
  return isSetAside(folder) ? dirname(resolve(folder)) : resolve(folder)
}
