import type { Logger } from '@pafka/base'
import { expect, test } from 'vitest'

import { harmlessLogger } from './harmless-logger.ts'

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

test.each(LEVELS)('what is logged comes through: %s', (level) => {
  const seen: unknown[] = []
  const logger = Object.fromEntries(
    LEVELS.map((one) => [one, (...said: unknown[]) => seen.push([one, ...said])]),
  ) as unknown as Logger
  harmlessLogger(logger)[level]('event', { n: 1 })
  expect(seen).toEqual([[level, 'event', { n: 1 }]])
})

test('a logger keeps its methods, and may fail', () => {
  class Broken implements Logger {
    said = 0
    debug(): void {
      this.#fail()
    }
    info(): void {
      this.#fail()
    }
    warn(): void {
      this.#fail()
    }
    error(): void {
      this.#fail()
    }
    #fail(): void {
      this.said += 1
      throw new Error('the disk is full')
    }
  }
  const broken = new Broken()
  const logger = harmlessLogger(broken)
  for (const level of LEVELS) logger[level]('event')
  expect(broken.said).toBe(4)
})
