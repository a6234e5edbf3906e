/** HTML that may stand in a page as it is. */
export class Markup {
  readonly text: string

  /** @param text whose parts were escaped */
  constructor(text: string) {
    this.text = text
  }
}

export type MarkupPart = Markup | string | number | undefined | readonly MarkupPart[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** What a broker or a shell says may have anything in it: all but `Markup` is escaped. */
export function html(texts: TemplateStringsArray, ...parts: readonly MarkupPart[]): Markup {
  return new Markup(texts.reduce((sum, text, at) => sum + markupOf(parts[at - 1]) + text))
}

function markupOf(part: MarkupPart): string {
  if (part === undefined) return ''
  if (part instanceof Markup) return part.text
  if (typeof part === 'object') return part.map(markupOf).join('')
  return printable(String(part)).replaceAll(/[&<>"']/g, (letter) => ESCAPES[letter] ?? letter)
}

/** Without what neither HTML nor XML can hold, and without halves of letters. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these it is about
  return text.toWellFormed().replaceAll(/[\0-\x08\v\f\x0E-\x1F\x7F-\x9F\uFFFE\uFFFF]/g, '\uFFFD')
}
