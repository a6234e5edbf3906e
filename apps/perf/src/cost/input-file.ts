import { closeSync, openSync, readSync } from 'node:fs'

import { errnoOf, messageOf } from '@pafka/base'

import { FieldReader } from './field-reader.ts'

const PIECE_BYTES = 64 * 1024

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

/** A pipe has no size to ask for beforehand. */
function readUpTo(path: string, mostBytes: number): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const pieces: Uint8Array[] = []
    let bytes = 0
    while (bytes < mostBytes) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, mostBytes - bytes))
      const count = readSync(file, piece)
      if (count === 0) break
      pieces.push(piece.subarray(0, count))
      bytes += count
    }
    return Buffer.concat(pieces)
  } finally {
    closeSync(file)
  }
}
