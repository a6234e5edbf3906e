import { expect, test } from 'vitest'

import { parseCommandLine } from './command-line.ts'

const run = {
  kind: 'run',
  file: undefined,
  overrides: [],
  printConfig: false,
  jsonLog: false,
  logLevel: 'info',
}

test('without arguments a broker is started', () => {
  expect(parseCommandLine([], '1.2.3')).toEqual(run)
})

test("as with Kafka's own start script: a file, then overrides", () => {
  const overrides = ['log.dirs=/data', 'listeners=PLAINTEXT://:19092']
  const args = ['server.properties', ...overrides.flatMap((text) => ['--override', text])]
  expect(parseCommandLine(args, '1.2.3')).toEqual({ ...run, file: 'server.properties', overrides })
  expect(parseCommandLine(['--override=a=b=c'], '1.2.3')).toEqual({ ...run, overrides: ['a=b=c'] })
})

test('options come before or after the file', () => {
  const asked = { ...run, file: 'x', printConfig: true, jsonLog: true, logLevel: 'debug' }
  const options = ['--print-config', '--json-log', '--log-level', 'debug']
  expect(parseCommandLine([...options, 'x'], '1.2.3')).toEqual(asked)
  expect(parseCommandLine(['x', ...options], '1.2.3')).toEqual(asked)
})

test('a broker is tried where it is, or where one is by default', () => {
  expect(parseCommandLine(['--try'], '1.2.3')).toEqual({ kind: 'try', bootstrap: 'localhost:9092' })
  expect(parseCommandLine(['--try', 'h:1'], '1.2.3')).toEqual({ kind: 'try', bootstrap: 'h:1' })
})

test('help and version are text to print', () => {
  expect(parseCommandLine(['--version'], '1.2.3')).toEqual({
    kind: 'exit',
    exitCode: 0,
    text: '1.2.3\n',
  })
  const help = parseCommandLine(['--help'], '1.2.3')
  expect(help).toMatchObject({ kind: 'exit', exitCode: 0 })
  expect('text' in help && help.text).toContain('--override <key=value>')
})

test.each([
  [['--overide', 'a=b'], 'Did you mean --override?'],
  [['--override'], 'argument missing'],
  [['a', 'b'], 'too many arguments'],
  [['--log-level', 'loud'], 'Allowed choices are debug, info, warn, error'],
])('%j is refused with a word of help', (args, expected) => {
  const refused = parseCommandLine(args, '1.2.3')
  expect(refused).toMatchObject({ kind: 'exit', exitCode: 1 })
  expect('text' in refused && refused.text).toContain(expected)
  expect('text' in refused && refused.text).toContain('--help says more')
})
