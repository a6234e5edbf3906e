import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

interface StoredSchema {
  readonly id: number
  readonly guid: string
  readonly schema: string
  readonly schemaType?: string | undefined
  readonly references?: unknown
}

interface StoredVersion extends StoredSchema {
  readonly subject: string
  readonly version: number
}

/** What was asked, as it came. */
export interface AskedOfRegistry {
  /** `GET /subjects`, with its query. */
  readonly what: string
  readonly headers: IncomingMessage['headers']
}

/** Instead of the answer: one of a test, none at all, or a connection that ends. */
export type RegistryFault = { readonly status: number; readonly body: string } | 'silent' | 'cut'

class Refusal extends Error {
  readonly status: number
  readonly code: number

  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

type Handler = (parts: readonly string[], query: URLSearchParams, body: unknown) => unknown

/** A schema registry in memory, which answers as Confluent's does. */
export class FakeRegistry implements AsyncDisposable {
  readonly asked: AskedOfRegistry[] = []
  /** What is wrong with a schema after another one; none is by default. */
  incompatibility: (schema: string, before: string) => string | undefined = () => undefined
  fault: (what: string) => RegistryFault | undefined = () => undefined
  readonly #server: ReturnType<typeof createServer>
  readonly #scheme: 'http' | 'https'
  readonly #schemas: StoredSchema[] = []
  #versions: StoredVersion[] = []
  readonly #levels = new Map<string, string>([['', 'BACKWARD']])
  readonly #firstId: number

  private constructor(firstId: number, tls: ServerOptions | undefined) {
    this.#firstId = firstId
    this.#scheme = tls === undefined ? 'http' : 'https'
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#serve(request, response)
    }
    this.#server = tls === undefined ? createServer(serve) : createSecureServer(tls, serve)
  }

  /** @param firstId the first schema has it */
  static async start(firstId = 1, tls?: ServerOptions): Promise<FakeRegistry> {
    const registry = new FakeRegistry(firstId, tls)
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve))
    return registry
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** How often this was asked. */
  count(what: string): number {
    return this.asked.filter((one) => one.what === what).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const what = `${request.method} ${request.url}`
    this.asked.push({ what, headers: request.headers })
    let text = ''
    for await (const part of request) text += String(part)
    const fault = this.fault(what)
    if (fault === 'silent') return
    if (fault === 'cut') {
      response.destroy()
      return
    }
    const [status, answer] = fault === undefined ? this.#answer(what, text) : [fault.status, '']
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
    response.end(fault === undefined ? JSON.stringify(answer) : fault.body)
  }

  #answer(what: string, text: string): readonly [number, unknown] {
    const [method = '', target = ''] = what.split(' ')
    const url = new URL(target, 'http://registry')
    const parts = url.pathname.slice(1).split('/').map(decodeURIComponent)
    try {
      const handle = this.#handlers[`${method} ${shapeOf(parts)}`]
      if (handle === undefined) return [404, { error_code: 404, message: 'HTTP 404 Not Found' }]
      return [200, handle(parts, url.searchParams, text === '' ? undefined : JSON.parse(text))]
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return [error.status, { error_code: error.code, message: error.message }]
    }
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    'GET subjects': () => [...new Set(this.#versions.map(({ subject }) => subject))],
    'GET subjects/*/versions': ([, subject = '']) =>
      this.#of(subject).map(({ version }) => version),
    'POST subjects/*/versions': ([, subject = ''], _query, body) => this.#register(subject, body),
    'GET subjects/*/versions/*': ([, subject = '', , version = '']) =>
      this.#version(subject, version),
    'POST subjects/*': ([, subject = ''], _query, body) => {
      const found = this.#of(subject).find(({ schema }) => schema === textIn(body))
      if (found === undefined) throw new Refusal(404, 40403, 'Schema not found')
      return found
    },
    'DELETE subjects/*': ([, subject = '']) => {
      const deleted = this.#of(subject)
      this.#versions = this.#versions.filter((one) => one.subject !== subject)
      return deleted.map(({ version }) => version)
    },
    'GET schemas/ids/*': ([, , id]) => {
      const found = this.#schemas.find((one) => String(one.id) === id)
      if (found === undefined) throw new Refusal(404, 40403, `Schema ${id} not found`)
      const { schema, schemaType, references } = found
      return { schema, schemaType, references }
    },
    'GET schemas/guids/*': ([, , guid]) => {
      const found = this.#schemas.find((one) => one.guid === guid)
      if (found === undefined) throw new Refusal(404, 40403, `Schema ${guid} not found`)
      return found
    },
    'POST compatibility/subjects/*/versions/*': ([, , subject = '', , version = ''], _, body) => {
      const { schema } = this.#version(subject, version)
      const problem = this.incompatibility(textIn(body), schema)
      return { is_compatible: problem === undefined, messages: problem ? [problem] : [] }
    },
    'GET config': () => ({ compatibilityLevel: this.#levels.get('') }),
    'GET config/*': ([, subject = '']) => {
      const compatibilityLevel = this.#levels.get(subject)
      if (compatibilityLevel !== undefined) return { compatibilityLevel }
      throw new Refusal(404, 40408, `Subject '${subject}' has no compatibility of its own`)
    },
    'PUT config': (_parts, _query, body) => this.#setLevel('', body),
    'PUT config/*': ([, subject = ''], _query, body) => this.#setLevel(subject, body),
  }

  #setLevel(subject: string, body: unknown): unknown {
    const compatibility = String((body as { compatibility: unknown }).compatibility)
    if (!/^(NONE|(BACKWARD|FORWARD|FULL)(_TRANSITIVE)?)$/.test(compatibility)) {
      throw new Refusal(422, 42203, 'Invalid compatibility level')
    }
    this.#levels.set(subject, compatibility)
    return { compatibility }
  }

  #of(subject: string): StoredVersion[] {
    const found = this.#versions.filter((one) => one.subject === subject)
    if (found.length === 0) throw new Refusal(404, 40401, `Subject '${subject}' not found.`)
    return found
  }

  #version(subject: string, version: string): StoredVersion {
    const versions = this.#of(subject)
    const isNumber = /^[1-9]\d*$/.test(version)
    if (version !== 'latest' && !isNumber) throw new Refusal(422, 42202, `No version ${version}`)
    const found =
      version === 'latest'
        ? versions.at(-1)
        : versions.find((one) => String(one.version) === version)
    if (found === undefined) throw new Refusal(404, 40402, `Version ${version} not found.`)
    return found
  }

  #register(subject: string, body: unknown): unknown {
    const schema = textIn(body)
    if (schema === '') throw new Refusal(422, 42201, 'Empty schema')
    const versions = this.#versions.filter((one) => one.subject === subject)
    const known = versions.find((one) => one.schema === schema)
    if (known !== undefined) return { id: known.id, version: known.version, guid: known.guid }
    const last = versions.at(-1)
    const problem = last && this.incompatibility(schema, last.schema)
    if (problem !== undefined) throw new Refusal(409, 409, `Incompatible: ${problem}`)
    const stored = this.#store(schema, body)
    const version = (last?.version ?? 0) + 1
    this.#versions.push({ ...stored, subject, version })
    return { id: stored.id, version, guid: stored.guid }
  }

  #store(schema: string, body: unknown): StoredSchema {
    const known = this.#schemas.find((one) => one.schema === schema)
    if (known !== undefined) return known
    const { schemaType, references } = body as Partial<StoredSchema>
    const id = this.#firstId + this.#schemas.length
    const guid = `00000000-0000-4000-8000-${id.toString(16).padStart(12, '0')}`
    const stored = { id, guid, schema, schemaType, references }
    this.#schemas.push(stored)
    return stored
  }
}

/** With a star for each name. */
function shapeOf(parts: readonly string[]): string {
  const words = ['subjects', 'versions', 'schemas', 'ids', 'guids', 'config', 'compatibility']
  return parts
    .map((part, at) => (words.includes(part) && !isName(parts, at) ? part : '*'))
    .join('/')
}

/** What stands behind a word for many of a kind is the name of one. */
function isName(parts: readonly string[], at: number): boolean {
  return at === 1 && ['subjects', 'config'].includes(parts[0] ?? '')
}

function textIn(body: unknown): string {
  const { schema } = body as { readonly schema?: unknown }
  return typeof schema === 'string' ? schema : ''
}
