import {
  compress,
  Compression,
  ErrorCode,
  GetTelemetrySubscriptions,
  IncrementalAlterConfigs,
  PushTelemetry,
  type PushTelemetryRequest,
  ZERO_UUID,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'
import { writtenMetrics } from '../../test/otlp-writer.ts'

const METRICS = writtenMetrics([{ name: 'org.apache.kafka.a', points: [{ value: 3 }] }], {
  group_id: 'g',
})

async function subscribe(rig: HandlerRig, metrics: string, intervalMs = '1000'): Promise<void> {
  const configs = [
    { name: 'metrics', configOperation: 0, value: metrics },
    { name: 'interval.ms', configOperation: 0, value: intervalMs },
  ]
  const resources = [{ resourceType: 16, resourceName: 's', configs }]
  await rig.ask(IncrementalAlterConfigs, 1, { resources, validateOnly: false })
}

function offer(rig: HandlerRig, clientInstanceId: string = ZERO_UUID) {
  return rig.ask(GetTelemetrySubscriptions, 0, { clientInstanceId })
}

async function push(
  rig: HandlerRig,
  request: Pick<PushTelemetryRequest, 'clientInstanceId' | 'subscriptionId'> &
    Partial<PushTelemetryRequest>,
): Promise<number> {
  const { clientInstanceId, subscriptionId } = request
  const { terminating = false, compressionType = 0, metrics = METRICS } = request
  const whole = { clientInstanceId, subscriptionId, terminating, compressionType, metrics }
  return (await rig.ask(PushTelemetry, 0, whole)).errorCode
}

test('a client without an id gets one, and is told what to push', async () => {
  await using rig = await HandlerRig.start()
  await subscribe(rig, 'org.apache.kafka.')
  const first = await offer(rig)
  expect(first).toMatchObject({
    errorCode: ErrorCode.NONE,
    acceptedCompressionTypes: [4, 3, 1, 2],
    pushIntervalMs: 1000,
    telemetryMaxBytes: 1_048_576,
    deltaTemporality: false,
    requestedMetrics: ['org.apache.kafka.'],
  })
  const second = await offer(rig)
  expect(second.clientInstanceId).not.toBe(first.clientInstanceId)
  expect([first.clientInstanceId, second.clientInstanceId]).not.toContain(ZERO_UUID)
  const early = await offer(rig, first.clientInstanceId)
  expect(early.errorCode).toBe(ErrorCode.THROTTLING_QUOTA_EXCEEDED)
})

test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('a push with %s', async (codec) => {
  await using rig = await HandlerRig.start()
  await subscribe(rig, '*')
  const { clientInstanceId, subscriptionId } = await offer(rig)
  const metrics = compress(codec, METRICS)
  const compressionType = Compression[codec]
  const errorCode = await push(rig, { clientInstanceId, subscriptionId, compressionType, metrics })
  expect(errorCode).toBe(ErrorCode.NONE)
  const labels = `{client_instance_id="${clientInstanceId}",client_id="test"`
  const text = rig.broker.telemetry.text()
  expect(text).toContain(`org_apache_kafka_a${labels}} 3\n`)
  expect(text).toContain(
    `pafka_client_info${labels},client_software_name="tests",client_software_version="1.0",` +
      'client_source_address="127.0.0.1",group_id="g"} 1\n',
  )
})

test('a bomb, too much, and what is no metrics at all', async () => {
  await using rig = await HandlerRig.start({ settings: { 'telemetry.max.bytes': '10000' } })
  await subscribe(rig, '*', '100')
  const { clientInstanceId, subscriptionId } = await offer(rig)
  const again = (more: Partial<PushTelemetryRequest>): Promise<number> => {
    rig.clock.advance(100)
    return push(rig, { clientInstanceId, subscriptionId, ...more })
  }
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    const metrics = compress(codec, Buffer.alloc(100_000))
    expect(metrics.length).toBeLessThan(10_000)
    const compressionType = Compression[codec]
    expect(await again({ metrics, compressionType })).toBe(ErrorCode.TELEMETRY_TOO_LARGE)
  }
  expect(await again({ metrics: Buffer.alloc(10_001) })).toBe(ErrorCode.TELEMETRY_TOO_LARGE)
  expect(await again({ metrics: Buffer.alloc(10, 0xff) })).toBe(ErrorCode.INVALID_RECORD)
  expect(await again({ compressionType: 4 })).toBe(ErrorCode.INVALID_RECORD)
  expect(await again({ metrics: Buffer.alloc(0) })).toBe(ErrorCode.NONE)
  expect(rig.broker.telemetry.text()).toBe('')
  expect(rig.broker.telemetry.outcomes.get(ErrorCode.TELEMETRY_TOO_LARGE)).toBe(5)
})

test.each([ZERO_UUID, 'AAAAAAAAAAAAAAAAAAAAAQ'])('nobody is %s', async (clientInstanceId) => {
  await using rig = await HandlerRig.start()
  const errorCode = await push(rig, { clientInstanceId, subscriptionId: 0 })
  expect(errorCode).toBe(ErrorCode.INVALID_REQUEST)
})

test('who pushes what is not wanted any more asks at once, and is told', async () => {
  await using rig = await HandlerRig.start()
  await subscribe(rig, 'a')
  const before = await offer(rig)
  await subscribe(rig, 'b')
  expect(await push(rig, before)).toBe(ErrorCode.UNKNOWN_SUBSCRIPTION_ID)
  const after = await offer(rig, before.clientInstanceId)
  expect(after).toMatchObject({ errorCode: ErrorCode.NONE, requestedMetrics: ['b'] })
  expect(await push(rig, after)).toBe(ErrorCode.NONE)
})

test('a restart of the broker puts no client off', async () => {
  await using rig = await HandlerRig.start()
  await subscribe(rig, '*')
  const offered = await offer(rig)
  expect(await push(rig, offered)).toBe(ErrorCode.NONE)
  await using restarted = await rig.restart()
  expect(await push(restarted, offered)).toBe(ErrorCode.NONE)
})

test('after its last push a client is shown for a while, then forgotten', async () => {
  await using rig = await HandlerRig.start()
  const { telemetry } = rig.broker
  await subscribe(rig, '*', '30000')
  const offered = await offer(rig)
  expect(await push(rig, { ...offered, terminating: true })).toBe(ErrorCode.NONE)
  expect(await push(rig, offered)).toBe(ErrorCode.INVALID_REQUEST)
  rig.clock.advance(89_999)
  expect(telemetry.text()).toContain('org_apache_kafka_a')
  rig.clock.advance(1)
  expect(telemetry.text()).toBe('')
  expect(telemetry.clientCount).toBe(1)
  await offer(rig)
  expect(telemetry.clientCount).toBe(1)
})

test('there is an end to the clients that are known', async () => {
  await using rig = await HandlerRig.start()
  const { telemetry } = rig.broker
  const peer = {
    client_id: undefined,
    client_software_name: undefined,
    client_software_version: undefined,
    client_source_address: undefined,
    client_source_port: undefined,
  }
  for (let at = 0; at < 10_010; at += 1) await telemetry.offer(ZERO_UUID, peer)
  expect(telemetry.clientCount).toBe(10_000)
})

test('a name that is too long to be kept is cut', async () => {
  await using rig = await HandlerRig.start()
  await subscribe(rig, '*')
  const asked = { clientInstanceId: ZERO_UUID }
  const origin = { clientId: 'x'.repeat(30_000) }
  const { clientInstanceId, subscriptionId } = await rig.ask(
    GetTelemetrySubscriptions,
    0,
    asked,
    origin,
  )
  const whole = { clientInstanceId, subscriptionId, terminating: false, compressionType: 0 }
  await rig.ask(PushTelemetry, 0, { ...whole, metrics: METRICS }, origin)
  expect(rig.broker.telemetry.text()).toContain(`client_id="${'x'.repeat(200)}"`)
})
