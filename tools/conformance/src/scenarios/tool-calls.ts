import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { runDriver } from '../driver.ts'
import type { InstalledClient } from '../installed-client.ts'
import { type PartName, parts } from '../tool-calls/parts.ts'
import { MEMBER, type ToolCall, toolOf } from '../tool-calls/tool-call.ts'
import {
  essenceOf,
  formatTranscript,
  namesOf,
  recorded,
  type Surroundings,
  type ToolAnswer,
} from '../tool-calls/transcript.ts'
import { type Arena, expectNoProblem } from './arena.ts'
import type { Scenario } from './scenario.ts'

/** Each call of Kafka's command line tools prints what it printed with Kafka, or what is said. */
export const toolCalls: Scenario = {
  async run(arena, installed) {
    const problems: string[] = []
    for (const [part, calls] of parts) {
      const essences = await play(arena, installed, part, calls)
      const folder = process.env['CONFORMANCE_RECORD']
      if (folder !== undefined) {
        mkdirSync(folder, { recursive: true })
        writeFileSync(join(folder, `${part}.txt`), formatTranscript(essences))
      }
      problems.push(...problemsOf(part, essences))
    }
    expectNoProblem(problems, 'calls of tools')
  },
}

async function play(
  arena: Arena,
  installed: InstalledClient,
  part: PartName,
  calls: readonly ToolCall[],
): Promise<Map<string, string[]>> {
  const { bootstrap } = arena
  const prefix = `${arena.name(installed.client, 'calls')}-`
  const places = calls.map(() => ({ prefix, bootstrap, file: arena.file() }))
  const [input, output] = [arena.file(), arena.file()]
  const lines = calls.map((call, at) => requestOf(call, places[at] ?? fail(call)))
  writeFileSync(input, `${lines.join('\n')}\n`)
  await runDriver(installed, 'calls', { bootstrap, topic: prefix, input, output })
  const answers = readFileSync(output, 'utf8').trimEnd().split('\n')
  const names = namesOf(calls)
  return new Map(
    calls.map((call, at) => {
      const answer = JSON.parse(answers[at] ?? 'null') as ToolAnswer | null
      if (answer === null) throw new Error(`${part}: nothing came of ${call.line}`)
      return [names[at] ?? '', essenceOf(call, answer, places[at] ?? fail(call))]
    }),
  )
}

function fail({ line }: ToolCall): never {
  throw new Error(`no place for ${line}`)
}

/** As the program in the JVM reads it. */
function requestOf(call: ToolCall, { prefix, bootstrap, file }: Surroundings): string {
  const own = (text: string): string => text.replaceAll('%', prefix)
  if (call.file !== undefined) writeFileSync(file, own(call.file))
  const [, ...words] = own(call.line)
    .replaceAll('$broker', bootstrap)
    .replaceAll('$file', file)
    .split(' ')
  const { name, main } = toolOf(call)
  const isTold = call.line.includes('$broker') || name === 'kafka-dump-log'
  const args = isTold ? words : ['--bootstrap-server', bootstrap, ...words]
  const memberArgs = words.length > 0 ? [bootstrap, ...words] : []
  const request = { main, args: name === MEMBER ? memberArgs : args }
  return JSON.stringify({ ...request, input: call.input })
}

function problemsOf(part: PartName, essences: ReadonlyMap<string, readonly string[]>): string[] {
  const [kafka, own] = [recorded('kafka', part), recorded('pafka', part)]
  return Array.from(essences).flatMap(([name, essence]) => {
    const wanted = [kafka.get(name), own.get(name)].filter((each) => each !== undefined)
    const text = essence.join('\n')
    if (wanted.some((each) => each.join('\n') === text)) return []
    const told = wanted.map((each) => each.join('\n')).join('\n or\n')
    return [`${part}: ${name}\n printed\n${text}\n instead of\n${told}`]
  })
}
