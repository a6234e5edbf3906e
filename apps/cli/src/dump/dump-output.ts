import { KIB } from '@pafka/base'

import { type DumpItem, textOf } from './dump-item.ts'

/** Resolves when more may come; rejects when nobody reads any more. */
export type WriteText = (text: string) => Promise<void>

const BUFFERED_CHARACTERS = 64 * KIB

/** Turns items into lines, many to a write, at the pace of whoever reads them. */
export class DumpOutput {
  readonly #write: WriteText
  readonly #isJson: boolean
  #buffered = ''
  problems = 0

  constructor(write: WriteText, isJson: boolean) {
    this.#write = write
    this.#isJson = isJson
  }

  async add(path: string, item: DumpItem): Promise<void> {
    if (item.type === 'problem') this.problems += 1
    this.#buffered += this.#isJson
      ? `${JSON.stringify({ file: path, type: item.type, ...item.fields })}\n`
      : `${textOf(item)}\n`
    if (this.#buffered.length >= BUFFERED_CHARACTERS) await this.flush()
  }

  async flush(): Promise<void> {
    const text = this.#buffered
    this.#buffered = ''
    if (text !== '') await this.#write(text)
  }
}
