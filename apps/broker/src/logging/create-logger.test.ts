import { expect, test } from 'vitest'

import { ManualClock } from '@pafka/testing'

import { createLogger } from './create-logger.ts'
import { isLogged, type LogLevel } from './log-level.ts'

async function linesOf(
  json: boolean,
  level: LogLevel,
  say: (logger: Awaited<ReturnType<typeof createLogger>>) => void,
): Promise<string[]> {
  const lines: string[] = []
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 10, 15, 2, 123))
  say(await createLogger({ json, level, clock, write: (line) => void lines.push(line) }))
  return lines
}

test('a line for people is a time, a level, an event and its fields', async () => {
  const lines = await linesOf(false, 'info', (logger) => {
    logger.info('broker-started', { port: 9092, dirs: '/data/a', rack: null, left: undefined })
    logger.warn('config', { warning: 'two words' })
    logger.error('log-dir-failed', { dir: '/data', cause: 'EIO' })
    logger.debug('not-this')
  })
  expect(lines).toEqual([
    '2026-11-21 10:15:02.123 info  broker-started port=9092 dirs=/data/a rack=null\n',
    '2026-11-21 10:15:02.123 warn  config warning="two words"\n',
    '2026-11-21 10:15:02.123 error log-dir-failed dir=/data cause=EIO\n',
  ])
})

test('no value of a client can pass for a field, a line or an order to the terminal', async () => {
  const client = 'x y=1\n2026 info fake\u001b[2J\u009b\u2028"'
  const [line = ''] = await linesOf(false, 'info', (logger) => logger.info('closed', { client }))
  const text = line.slice(0, -1)
  expect(text).not.toMatch(/[\p{Cc}\u2028]/u)
  expect(text).toContain('client="x y=1\\n2026 info fake\\u001b[2J\\u009b\\u2028\\""')
  const [empty] = await linesOf(false, 'info', (logger) => logger.info('closed', { client: '' }))
  expect(empty).toMatch(/ closed client=""\n$/)
})

test('a long value is cut', async () => {
  const long = { client: 'c'.repeat(32_000) }
  const [line = ''] = await linesOf(false, 'info', (logger) => logger.info('closed', long))
  expect(line.length).toBeLessThan(500)
  expect(line).toMatch(/c\.\.\.\n$/)
})

test('a stack stands below its event', async () => {
  const cause = 'Error: broken\n    at a (b.ts:1:2)'
  const [line] = await linesOf(false, 'info', (logger) => logger.error('failed', { cause, at: 1 }))
  expect(line).toBe(
    '2026-11-21 10:15:02.123 error failed at=1\n    Error: broken\n        at a (b.ts:1:2)\n',
  )
})

test('a line for collectors is a JSON object', async () => {
  const lines = await linesOf(true, 'warn', (logger) => {
    logger.info('not-this')
    logger.warn('config', { warning: 'a\nb', port: 1 })
    logger.error('failed')
  })
  const time = '2026-11-21T10:15:02.123Z'
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    { level: 'warn', time, warning: 'a\nb', port: 1, event: 'config' },
    { level: 'error', time, event: 'failed' },
  ])
})

test('a level says the levels above it', () => {
  const levels = ['debug', 'info', 'warn', 'error'] as const
  expect(levels.filter((level) => isLogged(level, 'warn'))).toEqual(['warn', 'error'])
  expect(levels.filter((level) => isLogged(level, 'debug'))).toEqual([...levels])
})
