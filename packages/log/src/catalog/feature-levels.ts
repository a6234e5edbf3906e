import type { Reader, Writer } from 'protobufjs/minimal.js'

/** Levels of features by name, as an operator set them; replaces what was said before. */
export interface FeatureLevelsSet {
  readonly kind: 'feature-levels-set'
  readonly levels: ReadonlyMap<string, number>
}

const LEVEL_TAG = (1 << 3) | 2
const NAME_TAG = (1 << 3) | 2
const VALUE_TAG = 2 << 3

/**
 * The fields of this message.
 *
 *   message Features { repeated Level levels = 1; }
 *   message Level    { string name = 1; uint32 level = 2; }
 */
export function writeFeatureLevels(writer: Writer, levels: FeatureLevelsSet['levels']): void {
  for (const [name, level] of levels) {
    writer.uint32(LEVEL_TAG).fork()
    writer.uint32(NAME_TAG).string(name).uint32(VALUE_TAG).uint32(level)
    writer.ldelim()
  }
}

/** @param end of the message; the caller checked that the bytes reach so far */
export function readFeatureLevels(reader: Reader, end: number): FeatureLevelsSet {
  const levels = new Map<string, number>()
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === LEVEL_TAG) readLevel(reader, levels)
    else reader.skipType(tag & 7)
  }
  return { kind: 'feature-levels-set', levels }
}

function readLevel(reader: Reader, levels: Map<string, number>): void {
  const end = reader.uint32() + reader.pos
  let name = ''
  let level = 0
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === NAME_TAG) name = reader.string()
    else if (tag === VALUE_TAG) level = reader.uint32()
    else reader.skipType(tag & 7)
  }
  levels.set(name, level)
}
