import { expect, test } from 'vitest'

import { parts } from './parts.ts'
import { toolOf } from './tool-call.ts'
import { essenceOf, formatTranscript, namesOf, parseTranscript, recorded } from './transcript.ts'

const PLACE = { prefix: 'run-', bootstrap: '127.0.0.1:9092', file: '/tmp/1' }

test('what is another at each run is left out, and lines come in one order', () => {
  const printed = [
    'TOPIC   LOG-END',
    'run-t   5  looked-at-0123456789abcdefghijkl  /127.0.0.1',
    'Id: XPMghmdLQtaWBtDyUWyhVQ at 127.0.0.1:9092, 1795393484415',
    '\tat org.apache.Tool.main(Tool.java:1)',
    '',
  ].join('\n')
  expect(essenceOf({ line: 'x' }, { printed, code: 3 }, PLACE)).toEqual([
    '%t 5 looked-at-<id> /127.0.0.1',
    'Id: <id> at $broker, <time>',
    'TOPIC LOG-END',
    'exit 3',
  ])
  const call = { line: 'x', keeps: /^%/, anyNumbers: true } as const
  expect(essenceOf(call, { printed, code: 0 }, PLACE)[0]).toBe('%t N looked-at-<id> /N')
})

test('a transcript is read as it was written', () => {
  const essences = new Map([
    ['one', ['a', 'b', 'exit 0']],
    ['two', ['exit 1']],
  ])
  expect(parseTranscript(formatTranscript(essences))).toEqual(essences)
})

test.each([...parts])('each of the calls of %s is recorded', (part, calls) => {
  const [kafka, own] = [recorded('kafka', part), recorded('pafka', part)]
  const names = namesOf(calls)
  expect([...kafka.keys()]).toEqual(names)
  for (const [at, call] of calls.entries()) {
    const name = names[at] ?? ''
    expect(() => toolOf(call)).not.toThrow()
    // what is said to differ does, and nothing else
    expect(own.has(name), name).toBe(call.differs !== undefined)
    expect(own.get(name), name).not.toEqual(kafka.get(name))
  }
  expect([...own.keys()].filter((name) => !names.includes(name))).toEqual([])
})
