import { join, relative } from 'node:path'

import { type Exported, exportsOf } from './declarations.ts'
import { isClass, itemText, linkedNames, unnamedTypes } from './reference-item.ts'

const CLIENT = join(import.meta.dirname, '../../../packages/client/src')

/** One page of the reference: what is exported of these folders and files of the client. */
interface Page {
  readonly name: string
  readonly title: string
  /** By what programs import it. */
  readonly entry: string
  /** Nothing for all of an entry point. */
  readonly sources?: readonly string[]
  /** Where its readers begin. */
  readonly first?: string
}

const MAIN = '@pafka/client'

/** In the order of the index. Each export is on the first page that takes it. */
const PAGES: readonly Page[] = [
  ofMain('producer', 'Producer', 'Producer', 'producer/'),
  ofMain('consumer', 'Consumer and reader', 'Consumer', 'consumer/'),
  ofMain('pipe', 'Pipe', 'PipeOptions', 'pipe/'),
  ofMain('share', 'Share consumer', 'ShareConsumer', 'share/'),
  ofMain('admin', 'Admin', 'Admin', 'admin/'),
  { ...ofMain('errors', 'Errors', 'KafkaError'), sources: ['errors/', '../../base/src/errors'] },
  { ...ofMain('serdes', 'Topics and serdes', 'topic'), sources: ['serde/', 'topic.ts'] },
  { name: 'opentelemetry', title: 'OpenTelemetry', entry: `${MAIN}/opentelemetry` },
  { name: 'avro', title: 'Avro', entry: `${MAIN}/avro` },
  { name: 'protobuf', title: 'Protobuf', entry: `${MAIN}/protobuf` },
  { name: 'json-schema', title: 'JSON Schema', entry: `${MAIN}/json-schema` },
  {
    ...{ name: 'schema-registry', title: 'Schema registry', entry: `${MAIN}/schema-registry` },
    first: 'SchemaRegistry',
  },
  /** Whatever is left, so that nothing is forgotten. */
  ofMain('kafka', 'Kafka, connections and options', 'Kafka'),
]

function ofMain(name: string, title: string, first: string, source = ''): Page {
  return { name, title, entry: MAIN, sources: [source], first }
}

/** What the reference says it is made of, for who would change it. */
const MADE = '<!-- Made by `npx pnpm generate` of the doc comments. -->'

/** Pages of docs/client/api by their names: all that programs can import, by the doc comments. */
export function clientReference(): ReadonlyMap<string, string> {
  const items = PAGES.map(() => [] as Exported[])
  const pageOf = new Map<string, string>()
  for (const entry of new Set(PAGES.map((page) => page.entry))) {
    for (const exported of exportsOf(entryFile(entry))) {
      const at = PAGES.findIndex((page) => page.entry === entry && takes(page, exported))
      items[at]?.push(exported)
      const { name = '' } = PAGES[at] ?? {}
      if (!pageOf.has(exported.name)) pageOf.set(exported.name, name)
    }
  }
  const pages = PAGES.map((page, at) => {
    const text = pageText(page, inOrder(items[at] ?? [], page.first), pageOf)
    return [`${page.name}.md`, text] as const
  })
  return new Map([['README.md', indexText(items)], ...pages])
}

function entryFile(entry: string): string {
  return join(CLIENT, entry.replace(MAIN, ''), 'index.ts')
}

function takes({ sources = [''] }: Page, { file }: Exported): boolean {
  return sources.some((source) => relative(CLIENT, file).startsWith(source))
}

/** Classes first, then functions, and then the types that they speak of. */
function inOrder(items: readonly Exported[], first?: string): readonly Exported[] {
  return items.toSorted((a, b) => rank(a, first) - rank(b, first))
}

function rank(item: Exported, first: string | undefined): number {
  if (item.name === first) return 0
  if (isClass(item)) return 1
  return item.isValue ? 2 : 3
}

function pageText(
  page: Page,
  items: readonly Exported[],
  pageOf: ReadonlyMap<string, string>,
): string {
  const sections = items.map((item) => {
    const names = linkedNames(item).filter((name) => name !== item.name && pageOf.has(name))
    const links = names.map((name) => {
      const target = pageOf.get(name)
      const path = target === page.name ? '' : `${target}.md`
      return `[\`${name}\`](${path}#${name.toLowerCase()})`
    })
    const others = unnamedTypes(item, (name) => pageOf.has(name))
    const see = links.length === 0 ? [] : [`See ${links.join(', ')}.`]
    return [`## ${item.name}`, itemText(item), ...others, ...see]
      .filter((part) => part !== '')
      .join('\n\n')
  })
  const from = `From \`${page.entry}\`. [All pages](README.md)`
  return `${[`# ${page.title}`, MADE, from, ...sections].join('\n\n')}\n`
}

function indexText(items: readonly (readonly Exported[])[]): string {
  const lines = PAGES.map(({ name, title, entry, first }, at) => {
    const names = inOrder(items[at] ?? [], first).map((item) => {
      return `[\`${item.name}\`](${name}.md#${item.name.toLowerCase()})`
    })
    return `## [${title}](${name}.md)\n\n\`${entry}\`: ${names.join(', ')}`
  })
  const intro = [
    'What programs can import, by its doc comments. [Guides](../quick-start.md) say how to use it.',
    '`@pafka/client/kafkajs` has the API of kafkajs: [what differs](../../kafkajs.md).',
  ].join('\n')
  return `${['# Reference of @pafka/client', MADE, intro, ...lines].join('\n\n')}\n`
}
