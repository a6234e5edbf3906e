import { DecodeError } from '@pafka/base'

import type { SchemaFormat, ValueReader, ValueWriter } from '../schema-registry/schema-format.ts'
import type { Schema, WholeSchema } from '../schema-registry/schema.ts'
import { nameOf, ProtoFile, type ProtoText } from './proto-file.ts'

/** What reads and writes one message: a type of protobufjs, or a class that its CLI made. */
export interface ProtobufType<T> {
  encode(value: T): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
  /** What is wrong with a value; null when nothing is. */
  verify?(value: T): string | null
}

/** A message of a `.proto` file. */
export interface ProtoMessage<T> extends ProtoText {
  /** Its name; the file's first message by default. */
  readonly message?: string | undefined
  /** What reads and writes it, instead of what is made of the file. */
  readonly type?: ProtobufType<T> | undefined
}

/** Protobuf, by protobufjs. */
export class ProtobufFormat<T> implements SchemaFormat<T> {
  readonly type = 'PROTOBUF'
  readonly own: Schema | undefined
  readonly #source: ProtoMessage<T> | undefined
  /** What this program reads. */
  readonly #name: string | undefined

  /** @param source undefined without a schema of its own. @throws what is wrong with it */
  constructor(source: ProtoMessage<T> | undefined) {
    this.#source = source
    if (source === undefined) return
    this.own = { type: this.type, schema: source.proto }
    this.#name = nameOf(found(new ProtoFile(source), source.message))
  }

  nameOf(schema: WholeSchema): string | undefined {
    return this.#name ?? nameOf(found(new ProtoFile(textOf(schema)), undefined))
  }

  writer(schema: WholeSchema): ValueWriter<T> {
    const file = new ProtoFile(this.#textOf(schema))
    const message = found(file, this.#name)
    const type = this.#source?.type ?? (message as unknown as ProtobufType<T>)
    return { indexes: file.indexesOf(message), ...typeWriter(type) }
  }

  /**
   * By this program's own message where it has one: fields go by their numbers, so one that was
   * written by an older or newer schema is read all the same.
   */
  reader(schema: WholeSchema, own: WholeSchema | undefined): ValueReader<T> {
    const file = new ProtoFile(this.#textOf(schema))
    const ownFile = own && new ProtoFile(this.#textOf(own))
    const ownMessage = ownFile && found(ownFile, this.#name)
    const ownType = this.#source?.type ?? (ownMessage as unknown as ProtobufType<T> | undefined)
    let last: { readonly indexes: readonly number[]; readonly type: ProtobufType<T> } | undefined
    return {
      decode: (bytes, indexes) => {
        // the first message of a schema, which most are, is always the same list
        if (last?.indexes !== indexes)
          last = { indexes, type: this.#typeAt(file, indexes, ownType) }
        return last.type.decode(bytes)
      },
    }
  }

  #typeAt(
    file: ProtoFile,
    indexes: readonly number[],
    own: ProtobufType<T> | undefined,
  ): ProtobufType<T> {
    const message = file.at(indexes)
    if (message === undefined) throw new DecodeError('its schema has no such message')
    if (this.#name !== undefined && nameOf(message) !== this.#name) {
      throw new DecodeError(`it is a ${nameOf(message)}, and no ${this.#name}`)
    }
    return own ?? (message as unknown as ProtobufType<T>)
  }

  /** With the imports that the registry has, else those that this program was given. */
  #textOf(schema: WholeSchema): ProtoText {
    const { proto, imports } = textOf(schema)
    return { proto, imports: { ...this.#source?.imports, ...imports } }
  }
}

/** Values of one message, without a schema before them. */
export function typeWriter<T>(type: ProtobufType<T>): ValueWriter<T> {
  return {
    encode(value, sink) {
      const wrong = type.verify?.(value) ?? null
      if (wrong !== null) throw new TypeError(wrong)
      sink.bytes(type.encode(value).finish())
    },
  }
}

function textOf({ schema, uses }: WholeSchema): ProtoText {
  const imports = Object.fromEntries(uses.map((used) => [used.name, used.schema]))
  return { proto: schema, imports }
}

function found(file: ProtoFile, name: string | undefined) {
  const message = file.find(name)
  if (message !== undefined) return message
  throw new DecodeError(`a protobuf schema has no message${name === undefined ? '' : ` ${name}`}`)
}
