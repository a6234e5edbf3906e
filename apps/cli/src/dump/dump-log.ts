import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { ConfigError, errnoOf, messageOf } from '@pafka/base'

import { DumpFile } from './dump-file.ts'
import { type DumpItem, type DumpOptions, note, problem } from './dump-item.ts'
import { dumpers } from './dump-kinds.ts'
import { DumpOutput, type WriteText } from './dump-output.ts'
import { type FileKind, kindOfContents, kindOfName } from './file-kind.ts'

export interface DumpLogOptions extends Partial<DumpOptions> {
  /** One JSON object a line. */
  readonly json?: boolean
}

/**
 * Prints what is in files of a broker, or in all such files below folders. Reads only, and goes on
 * behind damage.
 * @returns the number of problems that were found
 * @throws ConfigError when a path is not there
 */
export async function dumpLog(
  paths: readonly string[],
  options: DumpLogOptions,
  write: WriteText,
): Promise<number> {
  const { json = false, records = false, verify = false, all = false } = options
  const found = await Promise.all(paths.map(lookAt))
  const missing = found.flatMap((one) => (typeof one === 'string' ? [one] : []))
  if (missing.length > 0) throw new ConfigError(missing)
  const output = new DumpOutput(write, json)
  for (const [at, path] of paths.entries()) {
    const isFolder = found[at] === true
    let count = 0
    for await (const file of isFolder ? filesBelow(path, output) : [path]) {
      count += 1
      await dumpFile(file, { records, verify, all }, output, !isFolder)
    }
    if (count === 0) await output.add(path, note(null, `no file of a broker is below ${path}`))
  }
  await output.flush()
  return output.problems
}

/** @returns whether a path is a folder, or what is wrong with it */
function lookAt(path: string): Promise<boolean | string> {
  return stat(path).then(
    (found) => found.isDirectory(),
    (error: unknown) =>
      errnoOf(error) === 'ENOENT' ? `there is no ${path}` : `${path}: ${messageOf(error)}`,
  )
}

/** Those whose names are of a broker's files, in the order of their names. */
async function* filesBelow(folder: string, output: DumpOutput): AsyncGenerator<string> {
  let entries: Dirent[]
  try {
    entries = await readdir(folder, { withFileTypes: true })
  } catch (error) {
    // deleted meanwhile, by a broker at work
    if (errnoOf(error) !== 'ENOENT') await output.add(folder, problem(null, messageOf(error)))
    return
  }
  for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path, output)
    else if (kindOfName(path) !== undefined) yield path
  }
}

async function dumpFile(
  path: string,
  options: DumpOptions,
  output: DumpOutput,
  isNamed: boolean,
): Promise<void> {
  let file: DumpFile
  try {
    file = await DumpFile.open(path)
  } catch (error) {
    const isGone = !isNamed && errnoOf(error) === 'ENOENT'
    const item = isGone ? note(null, 'removed meanwhile') : problem(null, messageOf(error))
    return output.add(path, item)
  }
  try {
    const kind = kindOfName(path) ?? (await kindOfContents(file))
    await output.add(path, fileItem(file, kind))
    if (kind === undefined) return await output.add(path, problem(0, 'no file of a broker'))
    for await (const item of dumpers[kind](file, options)) await output.add(path, item)
  } catch (error) {
    if (errnoOf(error) === 'EPIPE') throw error
    await output.add(path, problem(null, messageOf(error)))
  } finally {
    await file.close()
  }
}

function fileItem(file: DumpFile, kind: FileKind | undefined): DumpItem {
  const fields = { kind: kind ?? null, sizeBytes: file.sizeBytes }
  const text = (): string => `Dumping ${file.path} (${kind ?? 'unknown'}, ${file.sizeBytes} bytes)`
  return { type: 'file', fields, text }
}
