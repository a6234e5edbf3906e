import { errnoOf, messageOf } from '@pafka/base'

import { readUpTo } from '../settings/bounded-file.ts'
import { FieldReader } from './field-reader.ts'

/**
 * What is in a file, or comes out of a pipe, up to a limit.
 * @returns undefined when something is wrong with it, which is then among the problems
 */
export function readInputFile(
  path: string,
  mostBytes: number,
  problems: string[],
): string | undefined {
  try {
    const bytes = readUpTo(path, mostBytes + 1)
    if (bytes.length <= mostBytes) return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    problems.push(`${path}: is larger than ${mostBytes} bytes`)
  } catch (error) {
    const isText = error instanceof TypeError // of the decoder
    problems.push(`${path}: ${isText ? 'is no text' : (errnoOf(error) ?? String(error))}`)
  }
  return undefined
}

/** The one object that a file of JSON has. */
export function readJsonFile(
  path: string,
  mostBytes: number,
  problems: string[],
): FieldReader | undefined {
  const text = readInputFile(path, mostBytes, problems)
  if (text === undefined) return undefined
  try {
    return new FieldReader(JSON.parse(text), path, problems)
  } catch (error) {
    problems.push(`${path}: is no JSON: ${messageOf(error)}`)
    return undefined
  }
}
