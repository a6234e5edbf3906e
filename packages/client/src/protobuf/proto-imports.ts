import protobuf from 'protobufjs'

import { importsBefore, knownProto } from './known-protos.ts'

type Definitions = NonNullable<protobuf.INamespace['nested']>

/** Files that import each other, as one tree of what is in them. */
export class ProtoImports {
  readonly root: protobuf.Root = new protobuf.Root()
  /** Those that were added, and those that will be. */
  readonly #present: Set<string>

  /** @param given names of files for `add`: they go before known ones of the same name */
  constructor(given: readonly string[]) {
    this.#present = new Set(given)
  }

  /** Adds a file, with those that it imports where they are known. @throws what is wrong with it */
  add(name: string, text: string): void {
    // the parser has no other way to be told
    Reflect.set(protobuf.parse, 'filename', name)
    const { imports = [], weakImports = [] } = protobuf.parse(text, this.root)
    for (const imported of [...imports, ...weakImports]) this.#addKnown(imported)
  }

  #addKnown(name: string): void {
    if (this.#present.has(name)) return
    this.#present.add(name)
    for (const before of importsBefore(name)) this.#addKnown(before)
    const known = knownProto(name)
    if (typeof known === 'string') this.add(name, known)
    else if (known?.nested !== undefined) addMissing(this.root, known.nested)
  }
}

/** The library's JSON of a file has what it imports too, which may be there already. */
function addMissing(to: protobuf.NamespaceBase, definitions: Definitions): void {
  for (const [name, definition] of Object.entries(definitions)) {
    const there = to.get(name)
    if (there === null) to.addJSON({ [name]: definition })
    else if (isPackage(there) && 'nested' in definition) {
      addMissing(there, definition.nested ?? {})
    }
  }
}

function isPackage(one: protobuf.ReflectionObject): one is protobuf.Namespace {
  const isMore = one instanceof protobuf.Type || one instanceof protobuf.Service
  return one instanceof protobuf.Namespace && !isMore
}
