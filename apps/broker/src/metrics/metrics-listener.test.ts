import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'

import { PafkaError, silentLogger } from '@pafka/base'
import { expect, onTestFinished, test } from 'vitest'

import { MetricsListener, type MetricsListenerOptions } from './metrics-listener.ts'

const LOCALHOST = '127.0.0.1'

async function listenerWith(
  options: Partial<MetricsListenerOptions> = {},
): Promise<MetricsListener> {
  const text = async (): Promise<string> => 'grün 1\n'
  const listener = await MetricsListener.open({
    host: LOCALHOST,
    port: 0,
    logger: silentLogger,
    text,
    ...options,
  })
  onTestFinished(() => listener.close())
  return listener
}

const urlOf = ({ port }: MetricsListener): string => `http://${LOCALHOST}:${port}`

/** What the listener says to raw bytes until it closes. */
async function say(listener: MetricsListener, text: string): Promise<string> {
  const socket = connect(listener.port, LOCALHOST)
  socket.on('error', () => {})
  let said = ''
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()))
  socket.write(text)
  await once(socket, 'close')
  return said
}

test('GET /metrics says it all, with or without a query', async () => {
  const listener = await listenerWith()
  for (const path of ['/metrics', '/metrics?x=1']) {
    const response = await fetch(urlOf(listener) + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).toBe('grün 1\n')
  }
})

test('HEAD has the headers only', async () => {
  const response = await fetch(`${urlOf(await listenerWith())}/metrics`, { method: 'HEAD' })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-length')).toBe('8')
  expect(await response.text()).toBe('')
})

test.each([
  ['GET', '/', 404],
  ['GET', '/metrics/', 404],
  ['GET', '/metricsx', 404],
  ['POST', '/other', 404],
  ['POST', '/metrics', 405],
  ['DELETE', '/metrics', 405],
  ['OPTIONS', '/metrics', 405],
])('%s %s gets %d', async (method, path, status) => {
  const response = await fetch(urlOf(await listenerWith()) + path, { method })
  expect(response.status).toBe(status)
  expect(response.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null)
})

test('headers have a bound', async () => {
  const listener = await listenerWith()
  const long = `GET /metrics HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(20_000)}\r\n\r\n`
  expect(await say(listener, long)).toMatch(/^HTTP\/1\.1 431 /)
})

test('what is not HTTP ends its connection only', async () => {
  const listener = await listenerWith()
  expect(await say(listener, '\0\0\0\x10 not http \r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  expect((await fetch(`${urlOf(listener)}/metrics`)).status).toBe(200)
})

test('metrics that fail are logged, and served the next time', async () => {
  const logged: unknown[] = []
  let failing = true
  const listener = await listenerWith({
    logger: { ...silentLogger, error: (event, fields) => logged.push([event, fields?.cause]) },
    text: async () => {
      if (failing) throw new Error('a gauge is broken')
      return 'fine 1\n'
    },
  })
  await expect(fetch(`${urlOf(listener)}/metrics`)).rejects.toThrow('fetch failed')
  expect(logged).toEqual([['metrics-failed', 'Error: a gauge is broken']])
  failing = false
  expect(await (await fetch(`${urlOf(listener)}/metrics`)).text()).toBe('fine 1\n')
})

test('closing ends connections that are kept alive or half a request', async () => {
  const listener = await listenerWith()
  await (await fetch(`${urlOf(listener)}/metrics`)).text()
  const half = say(listener, 'GET /metrics HTTP/1.1\r\nHost')
  const kept = request(`${urlOf(listener)}/metrics`, { method: 'POST' })
  kept.on('error', () => {})
  kept.write('never ended')
  await once(kept, 'response')
  await listener.close()
  await half
  await expect(fetch(`${urlOf(listener)}/metrics`)).rejects.toThrow('fetch failed')
})

test('a port in use is refused with its reason', async () => {
  const { port } = await listenerWith()
  const second = listenerWith({ port })
  await expect(second).rejects.toThrow(PafkaError)
  await expect(second).rejects.toThrow(`${LOCALHOST}:${port}: the port is in use`)
})
