export type FindingKind =
  | 'lost'
  | 'changed'
  | 'moved'
  | 'twice'
  | 'out of sequence'
  | 'never sent'
  | 'offsets with a gap or an overlap'
  | 'end went back'
  | 'refused'
  | 'stuck'
  | 'topic'
  | 'group offset'
  | 'producer id'
  | 'broker died'

/** Something that the broker promised and did not keep. */
export class Finding extends Error {
  readonly kind: FindingKind
  /** `topic-partition`, or what else it is about. */
  readonly place: string

  constructor(kind: FindingKind, place: string, detail: string) {
    super(`${kind}: ${place}: ${detail}`)
    this.kind = kind
    this.place = place
  }
}
