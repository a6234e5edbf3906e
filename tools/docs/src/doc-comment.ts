import ts from 'typescript-6'

/** A tag, and the text up to the next one. */
const TAG = /@(param|returns|throws)\s/
const THROWN = /\{(\w+)\}/g

/** What stands before a declaration, as Markdown: a paragraph, and a list of what its tags say. */
export function docOf(node: ts.Node): string {
  const text = node.getSourceFile().text
  const comment = ts
    .getLeadingCommentRanges(text, node.pos)
    ?.map(({ pos, end }) => text.slice(pos, end))
    .findLast((one) => one.startsWith('/**'))
  return comment === undefined ? '' : markdownOf(comment)
}

export function markdownOf(comment: string): string {
  const text = comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .trim()
  const [first = '', ...rest] = text.split(TAG)
  const tags: string[] = []
  for (let at = 0; at < rest.length; at += 2) tags.push(tagText(rest[at] ?? '', rest[at + 1] ?? ''))
  const list = tags.map((tag) => `- ${tag}`).join('\n')
  return [paragraph(first), list].filter((part) => part !== '').join('\n\n')
}

function tagText(tag: string, said: string): string {
  const text = paragraph(said)
  if (tag === 'param') return text.replace(/^(\w+)\s*/, '`$1`: ')
  if (tag === 'returns') return `returns ${text}`
  return `throws ${text.replaceAll(THROWN, '`$1`')}`
}

/** On one line: comments are wrapped where code is. */
function paragraph(text: string): string {
  return text
    .split(/\n\s*\n/)
    .map((part) => part.replaceAll(/\s*\n\s*/g, ' ').trim())
    .join('\n\n')
}
