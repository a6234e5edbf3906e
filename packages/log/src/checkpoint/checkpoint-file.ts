import { dirname, join } from 'node:path'

import { syncAt } from '../files/file-calls.ts'
import type { FileSystem } from '../files/file-system.ts'

/**
 * A small text file: version, number of lines, lines. Source: Kafka `CheckpointFile.java`.
 * @returns its lines, or undefined when it is missing or damaged; what it said is then found
 * out the long way.
 */
export function readCheckpoint(
  files: FileSystem,
  path: string,
  version: number,
): string[] | undefined {
  const bytes = files.readFile(path)
  if (bytes === undefined) return undefined
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n')
  const count = Number(lines[1])
  if (Number(lines[0]) !== version || lines.length !== count + 2) return undefined
  return lines.slice(2)
}

/** The text of a checkpoint. */
export function encodeCheckpoint(version: number, lines: readonly string[]): Buffer {
  return Buffer.from([version, lines.length, ...lines, ''].join('\n'))
}

/** Replaces a small file: a crash of the process leaves the old one or the new one. */
export function replaceFile(files: FileSystem, path: string, bytes: Uint8Array): void {
  const beside = besideOf(path)
  try {
    files.writeFile(beside, bytes)
    files.rename(beside, path)
  } catch (error) {
    void discard(files, beside)
    throw error
  }
}

/**
 * As `replaceFile`, and so after power loss too: 1. write beside it, 2. sync that, 3. rename over
 * it. Which of the two it is then is certain only when the folder was synced.
 */
export async function replaceSynced(
  files: FileSystem,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const beside = besideOf(path)
  try {
    files.writeFile(beside, bytes)
    await syncAt(files, beside)
    files.rename(beside, path)
  } catch (error) {
    await discard(files, beside)
    throw error
  }
}

/** The new contents are there after power loss, once it resolves. */
export async function replaceDurably(
  files: FileSystem,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  await replaceSynced(files, path, bytes)
  await files.syncFolder(dirname(path))
}

/**
 * Removes what a crash left of writes of small files, before any of them is written.
 * @param names what is in the folder
 * @param isReplaced whether a file of such a name is written by this code there
 */
export async function removeUnfinished(
  files: FileSystem,
  folder: string,
  names: readonly string[],
  isReplaced: (name: string) => boolean,
): Promise<void> {
  for (const name of names) {
    const replaced = BESIDE_NAME.exec(name)?.[1]
    if (replaced !== undefined && isReplaced(replaced)) await files.remove(join(folder, name))
  }
}

/** A full disk has no room for what was not finished; where it stays, a start removes it. */
async function discard(files: FileSystem, beside: string): Promise<void> {
  await files.remove(beside).catch(() => undefined)
}

const BESIDE_NAME = /^(.+)\.\d+\.tmp$/
let written = 0

/** Two writers of one file must not meet in the one beside it. */
function besideOf(path: string): string {
  written += 1
  return `${path}.${written}.tmp`
}
