import { FieldReader } from './field-reader.ts'

const MOST_CONTESTANTS = 200
/** The letters of `name=mine,produce=750MB/s`; no figure has a comma in it. */
const PAIR = /^([a-z]+)=(.+)$/u

/** A broker on a machine, and what was measured of it. */
export interface Contestant {
  readonly name: string
  /** What was measured together, and may be compared; empty for what says nothing of it. */
  readonly series: string
  /** Bytes a second that one machine takes; undefined when that was not measured. */
  readonly produceRate: number | undefined
  /** Bytes a second that one machine gives. */
  readonly consumeRate: number | undefined
  /** What an acknowledgement meant. */
  readonly durability: string | undefined
  /** What it was measured on. */
  readonly hardware: string | undefined
  /** The item of the price list that it is bought as. */
  readonly machine: string | undefined
  readonly date: string | undefined
  /** Who says so: a command, a document, an address. */
  readonly source: string
}

/** All of a file of figures. */
export function contestantsOf(file: FieldReader): readonly Contestant[] {
  const contestants = file.list('contestants', MOST_CONTESTANTS).map((fields) => {
    const contestant = contestantOf(fields, fields.text('source'))
    for (const key of ['durability', 'hardware', 'date'] as const) {
      if (contestant[key] === undefined) fields.wrong(`${key} is missing`)
    }
    return contestant
  })
  if (contestants.length === 0) file.wrong('contestants is empty')
  file.end()
  return contestants
}

/** `name=mine,produce=750MB/s,consume=1100MB/s,machine=i3en.xlarge`, of a command line. */
export function contestantOption(text: string, problems: string[]): Contestant {
  const where = `--contestant ${text}`
  const given = new Map<string, string>()
  for (const part of text.split(',')) {
    const [, key, value] = PAIR.exec(part) ?? []
    if (key === undefined || value === undefined) problems.push(`${where}: ${part} is no key=value`)
    else if (given.has(key)) problems.push(`${where}: ${key} is there twice`)
    else given.set(key, value)
  }
  return contestantOf(new FieldReader(Object.fromEntries(given), where, problems), 'command line')
}

function contestantOf(fields: FieldReader, source: string): Contestant {
  const contestant = {
    name: fields.name(),
    series: fields.optionalText('series') ?? '',
    produceRate: fields.bytes('produce'),
    consumeRate: fields.bytes('consume'),
    durability: fields.optionalText('durability'),
    hardware: fields.optionalText('hardware'),
    machine: fields.optionalText('machine'),
    date: fields.date(),
    source,
  }
  if (contestant.produceRate === undefined && contestant.consumeRate === undefined) {
    fields.wrong('neither produce nor consume has a figure')
  }
  fields.end()
  return contestant
}
