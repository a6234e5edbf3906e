export type FieldValue = string | number | boolean | null | readonly FieldValue[] | FieldMap

/** Keys are part of what `--json` promises: they are added to, never renamed. */
export interface FieldMap {
  readonly [key: string]: FieldValue
}

/** One thing that was found in a file: a line of output. */
export interface DumpItem {
  /** Says which fields there are; `problem` for damage, `note` for what only looks like it. */
  readonly type: string
  readonly fields: FieldMap
  /** Its line for people, where `key: value` pairs are not what they expect. */
  readonly text?: () => string
}

export type DumpItems = AsyncGenerator<DumpItem, void, undefined>

export interface DumpOptions {
  /** Records too, not only the headers of batches. */
  readonly records: boolean
  /** Compares indexes with their log. */
  readonly verify: boolean
  /** Also the rounds of a ring that no recovery would take. */
  readonly all: boolean
}

/** Damage: where in the file, and what. */
export function problem(position: number | null, what: string): DumpItem {
  const place = position === null ? '' : `at ${position}: `
  return { type: 'problem', fields: { position, what }, text: () => `PROBLEM ${place}${what}` }
}

/** Something to know that is no damage. */
export function note(position: number | null, what: string): DumpItem {
  const place = position === null ? '' : `at ${position}: `
  return { type: 'note', fields: { position, what }, text: () => `note ${place}${what}` }
}

export function textOf({ fields, text }: DumpItem): string {
  return text === undefined ? pairsOf(fields) : text()
}

/** `key: value key: value`, as Kafka's tool has it. */
export function pairsOf(fields: FieldMap): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${valueText(value)}`)
    .join(' ')
}

function valueText(value: FieldValue): string {
  if (value === null) return 'none'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
