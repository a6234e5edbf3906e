import { DecodeError } from '@pafka/base'
import protobuf from 'protobufjs'

import { asError } from '../errors/as-error.ts'
import { ProtoImports } from './proto-imports.ts'

type MessageType = protobuf.Type
type Container = protobuf.NamespaceBase

/**
 * A `.proto` file, and those that it imports by their names. Those that Confluent's clients have in
 * themselves need not be given: of `google/protobuf`, of `google/type`, `confluent/meta.proto` and
 * `confluent/type/decimal.proto`.
 */
export interface ProtoText {
  readonly proto: string
  readonly imports?: Readonly<Record<string, string>> | undefined
}

const FILE = 'schema.proto'

/** The messages of a `.proto` file, which bytes name by their places in it. */
export class ProtoFile {
  /** Those that stand in the file itself, in its order. */
  readonly #top: readonly MessageType[]

  /** @throws {DecodeError} when it is no protobuf, or uses what is not there */
  constructor({ proto, imports = {} }: ProtoText) {
    const files = new ProtoImports(Object.keys(imports))
    try {
      for (const [name, text] of Object.entries(imports)) files.add(name, text)
      files.add(FILE, proto)
      files.root.resolveAll()
    } catch (cause) {
      const why = asError(cause).message
      throw new DecodeError(`a protobuf schema cannot be used: ${why}`)
    }
    this.#top = messagesOf(files.root, (one) => one.filename === FILE)
  }

  /** @param name whole, or the last parts of it; the file's first message by default */
  find(name?: string): MessageType | undefined {
    if (name === undefined) return this.#top[0]
    const all = this.#top.flatMap((one) => [one, ...within(one)])
    return (
      all.find((one) => nameOf(one) === name) ?? all.find((one) => nameOf(one).endsWith(`.${name}`))
    )
  }

  at(indexes: readonly number[]): MessageType | undefined {
    let list = this.#top
    let found: MessageType | undefined
    for (const index of indexes) {
      found = list[index]
      if (found === undefined) return undefined
      list = nestedIn(found)
    }
    return found
  }

  indexesOf(message: MessageType): readonly number[] {
    const { parent } = message
    if (!(parent instanceof protobuf.Type)) return [this.#top.indexOf(message)]
    return [...this.indexesOf(parent), nestedIn(parent).indexOf(message)]
  }
}

/** Its whole name: `shop.Order`. */
export function nameOf(message: MessageType): string {
  return message.fullName.replace(/^\./, '')
}

function messagesOf(container: Container, isWanted: (one: MessageType) => boolean): MessageType[] {
  return container.nestedArray.flatMap((one) => {
    if (one instanceof protobuf.Type) return isWanted(one) ? [one] : []
    return one instanceof protobuf.Namespace && !(one instanceof protobuf.Service)
      ? messagesOf(one, isWanted)
      : []
  })
}

function nestedIn(message: MessageType): MessageType[] {
  return message.nestedArray.filter((one) => one instanceof protobuf.Type)
}

function within(message: MessageType): MessageType[] {
  return nestedIn(message).flatMap((one) => [one, ...within(one)])
}
