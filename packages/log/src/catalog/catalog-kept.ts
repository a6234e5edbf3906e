import type { Reader, Writer } from 'protobufjs/minimal.js'

/** Which log dirs have a copy of the catalog from here on; replaces what was said before. */
export interface CatalogKept {
  readonly kind: 'catalog-kept'
  /** An id for this set of copies, after those of the sets before it. */
  readonly lineages: readonly string[]
  readonly dirs: readonly KnownDir[]
}

/** A log dir, or one that was. */
export interface KnownDir {
  /** `directory.id` of its `meta.properties`. */
  readonly id: string
  readonly path: string
  readonly hasCopy: boolean
}

const LINEAGE_TAG = (1 << 3) | 2
const DIR_TAG = (2 << 3) | 2
const ID_TAG = (1 << 3) | 2
const PATH_TAG = (2 << 3) | 2
const HAS_COPY_TAG = 3 << 3

/**
 * The fields of this message.
 *
 *   message Kept { repeated string lineages = 1; repeated Dir dirs = 2; }
 *   message Dir  { string id = 1; string path = 2; bool has_copy = 3; }
 */
export function writeKept(writer: Writer, { lineages, dirs }: CatalogKept): void {
  for (const lineage of lineages) writer.uint32(LINEAGE_TAG).string(lineage)
  for (const { id, path, hasCopy } of dirs) {
    writer.uint32(DIR_TAG).fork()
    writer.uint32(ID_TAG).string(id).uint32(PATH_TAG).string(path)
    writer.uint32(HAS_COPY_TAG).bool(hasCopy)
    writer.ldelim()
  }
}

/** @param end of the message; the caller checked that the bytes reach so far */
export function readKept(reader: Reader, end: number): CatalogKept {
  const lineages: string[] = []
  const dirs: KnownDir[] = []
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === LINEAGE_TAG) lineages.push(reader.string())
    else if (tag === DIR_TAG) dirs.push(readDir(reader))
    else reader.skipType(tag & 7)
  }
  return { kind: 'catalog-kept', lineages, dirs }
}

function readDir(reader: Reader): KnownDir {
  const end = reader.uint32() + reader.pos
  const dir = { id: '', path: '', hasCopy: false }
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === ID_TAG) dir.id = reader.string()
    else if (tag === PATH_TAG) dir.path = reader.string()
    else if (tag === HAS_COPY_TAG) dir.hasCopy = reader.bool()
    else reader.skipType(tag & 7)
  }
  return dir
}
