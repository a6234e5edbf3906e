import { DecodeError } from '@pafka/base'
import type { Type } from 'avsc'

/** Items of arrays and maps may take no byte, as nulls: not many of them do. */
const FREE_ITEMS = 65_536
const MOST_DEPTH = 500
const LONG_BYTES = 10
const FLOAT_BYTES = 4
const DOUBLE_BYTES = 8
/** Bytes that are no lengths, by the names of types. */
const FIXED_BYTES: Readonly<Record<string, number>> = {
  ...{ null: 0, boolean: 1, float: FLOAT_BYTES, double: DOUBLE_BYTES },
}

/** What types say of themselves, which the library's declarations say in part only. */
interface AvroType {
  readonly typeName: string
  readonly fields?: readonly { readonly type: AvroType }[]
  readonly itemsType?: AvroType
  readonly valuesType?: AvroType
  readonly types?: readonly AvroType[]
  readonly underlyingType?: AvroType
  readonly size?: number
}

/**
 * Checks the lengths and counts in bytes before they are decoded: the library believes them, and
 * makes as many items as a count says, whether there are bytes for them or not.
 * @returns undefined for a type whose values are as long as the type itself
 */
export function avroCheck(type: Type): ((bytes: Uint8Array) => void) | undefined {
  const root = type as unknown as AvroType
  if (!isOpen(root, new Set())) return undefined
  return (bytes) => new Walk(bytes).run(root)
}

/** Whether values have items, or values of the same type within. */
function isOpen(type: AvroType, above: ReadonlySet<AvroType>): boolean {
  if (above.has(type) || type.itemsType !== undefined || type.valuesType !== undefined) return true
  const within = new Set([...above, type])
  return partsOf(type).some((part) => isOpen(part, within))
}

function partsOf({ fields, types, underlyingType }: AvroType): readonly AvroType[] {
  if (underlyingType !== undefined) return [underlyingType]
  return types ?? fields?.map((field) => field.type) ?? []
}

class Walk {
  readonly #bytes: Uint8Array
  #at = 0
  #itemsLeft: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#itemsLeft = bytes.length + FREE_ITEMS
  }

  run(type: AvroType): void {
    this.#value(type, 0)
    if (this.#at !== this.#bytes.length) throw new DecodeError('bytes follow the value')
  }

  #value(type: AvroType, depth: number): void {
    if (depth > MOST_DEPTH) throw new DecodeError('it is nested too deep')
    const { typeName, fields, types, itemsType, valuesType, underlyingType, size } = type
    const fixedBytes = size ?? FIXED_BYTES[typeName]
    if (fixedBytes !== undefined) this.#skip(fixedBytes)
    else if (underlyingType !== undefined) this.#value(underlyingType, depth)
    else if (itemsType !== undefined) this.#items(itemsType, false, depth)
    else if (valuesType !== undefined) this.#items(valuesType, true, depth)
    else if (types !== undefined) this.#value(this.#branch(types), depth + 1)
    else if (fields !== undefined) for (const field of fields) this.#value(field.type, depth + 1)
    else if (typeName === 'string' || typeName === 'bytes') this.#skip(this.#long())
    else this.#long() // int, long, enum, and longs of other libraries
  }

  #branch(types: readonly AvroType[]): AvroType {
    const branch = types[this.#long()]
    if (branch === undefined) throw new DecodeError('a union has no such branch')
    return branch
  }

  /** Blocks of items: how many, then each; a negative count has the block's size behind it. */
  #items(type: AvroType, hasKeys: boolean, depth: number): void {
    for (let count = this.#long(); count !== 0; count = this.#long()) {
      const end = count < 0 ? this.#long() + this.#at : undefined
      const items = Math.abs(count)
      this.#itemsLeft -= items
      if (this.#itemsLeft < 0) throw new DecodeError('it has more items than bytes')
      for (let left = items; left > 0; left--) {
        if (hasKeys) this.#skip(this.#long())
        this.#value(type, depth + 1)
      }
      if (end !== undefined && end !== this.#at) throw new DecodeError('a block is not as it says')
    }
  }

  #skip(count: number): void {
    if (count < 0 || count > this.#bytes.length - this.#at) throw new DecodeError('it is cut off')
    this.#at += count
  }

  /** A zigzag varint; beyond 2^53 it is not exact, and too large for any use here. */
  #long(): number {
    let raw = 0
    let scale = 1
    for (let length = 1; length <= LONG_BYTES; length++) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw new DecodeError('it is cut off')
      this.#at += 1
      raw += (byte & 0x7f) * scale
      if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
      scale *= 0x80
    }
    throw new DecodeError('a number goes on too long')
  }
}
