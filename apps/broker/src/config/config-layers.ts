import type { SetConfig } from './broker-config.ts'
import { parseProperties } from './properties-file.ts'

/** What one layer sets, before anybody knows whether the names and values make sense. */
export interface LayerSettings {
  readonly settings: ReadonlyMap<string, SetConfig>
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
}

/** A config file larger than this is some other file. */
export const MAX_CONFIG_FILE_BYTES: number = 1_048_576

const ENVIRONMENT_PREFIX = 'PAFKA_'
/** What Kubernetes and `docker --link` set for a service that is called `pafka` or `pafka-...`. */
const SERVICE_LINK =
  /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/
/** Not a key: how this process was called, from the start script. */
const COMMAND_VARIABLE = 'PAFKA_COMMAND'
const NUL = '\0'

/** Reads a `server.properties`. @param label what to call the file in messages. */
export function fileLayer(content: Uint8Array, label: string): LayerSettings {
  const settings = new Map<string, SetConfig>()
  const lineOf = new Map<string, number>()
  const warnings: string[] = []
  if (content.byteLength > MAX_CONFIG_FILE_BYTES) {
    return refusedFile(`${label}: larger than ${MAX_CONFIG_FILE_BYTES} bytes, not a config file`)
  }
  const text = decodeText(content)
  if (text.includes(NUL)) return refusedFile(`${label}: has zero bytes in it, not a config file`)
  const { properties, problems } = parseProperties(text)
  for (const { key, value, line } of properties) {
    const before = lineOf.get(key)
    if (before !== undefined) {
      warnings.push(`${label}:${line}: ${key} is set again, line ${before} does not count`)
    }
    lineOf.set(key, line)
    settings.set(key, { layer: 'file', where: `${label}:${line}`, text: value.trim() })
  }
  const described = problems.map(({ line, problem }) => `${label}:${line}: ${problem}`)
  return { settings, warnings, problems: described }
}

/** `PAFKA_LOG_RETENTION_MS` sets `log.retention.ms`; other names are not looked at. */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>): LayerSettings {
  const settings = new Map<string, SetConfig>()
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(ENVIRONMENT_PREFIX) || value === undefined) continue
    if (variable === COMMAND_VARIABLE || SERVICE_LINK.test(variable)) continue
    const name = variable.slice(ENVIRONMENT_PREFIX.length).toLowerCase().replaceAll('_', '.')
    settings.set(name, { layer: 'environment', where: variable, text: value.trim() })
  }
  return { settings, warnings: [], problems: [] }
}

/** `key=value` of the command line, each as it was written. */
export function overrideLayer(overrides: readonly string[]): LayerSettings {
  const settings = new Map<string, SetConfig>()
  const problems: string[] = []
  for (const override of overrides) {
    const equals = override.indexOf('=')
    if (equals < 1) {
      problems.push(`--override ${override}: should be key=value`)
      continue
    }
    const name = override.slice(0, equals).trim()
    const text = override.slice(equals + 1).trim()
    settings.set(name, { layer: 'override', where: `--override ${name}`, text })
  }
  return { settings, warnings: [], problems }
}

/** What a program that embeds the broker says; undefined is not set. */
export function programmaticLayer(
  values: Readonly<Record<string, ConfigSetting | undefined>>,
): LayerSettings {
  const settings = new Map<string, SetConfig>()
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue
    const text = typeof value === 'object' ? value.join(',') : String(value)
    settings.set(name, { layer: 'programmatic', where: 'config', text })
  }
  return { settings, warnings: [], problems: [] }
}

/** How a program may write a value; a list as its elements or as Kafka's text. */
export type ConfigSetting = string | number | boolean | readonly string[]

function refusedFile(problem: string): LayerSettings {
  return { settings: new Map(), warnings: [], problems: [problem] }
}

/** Kafka reads ISO 8859-1; we read UTF-8 where it is that, so that a path with an umlaut works. */
function decodeText(content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return Buffer.from(content).toString('latin1')
  }
}
