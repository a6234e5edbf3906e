import { readFileSync, writeFileSync } from 'node:fs'

/** A record as drivers read it: bytes in base64, null as Kafka's null. */
export interface InputRecord {
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, value: string | null])[]
}

/** A record as a consumer was handed it. */
export interface SeenRecord extends InputRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64')
}

/**
 * The order of the fields and the missing spaces are a promise to drivers that have no JSON
 * parser.
 */
export function writeInput(path: string, records: readonly InputRecord[]): void {
  const lines = records.map(({ key, value, headers }) => JSON.stringify({ key, value, headers }))
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
}

/** Reads along: a last line that is not whole yet is left out, a file not there yet is empty. */
export function readSeen(path: string): SeenRecord[] {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  const whole = text.split('\n').slice(0, -1)
  return whole.map((line) => JSON.parse(line) as SeenRecord)
}
