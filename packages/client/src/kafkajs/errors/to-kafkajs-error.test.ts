import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { brokerError } from '../../errors/broker-error.ts'
import {
  authenticationFailed,
  connectionLost,
  noSharedVersion,
  requestTimedOut,
  tlsFailed,
} from '../../errors/client-errors.ts'
import { KafkaJSError } from './kafkajs-error.ts'
import { afterRetries, toKafkaJSError } from './to-kafkajs-error.ts'

test.each([
  [
    brokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER),
    { name: 'KafkaJSProtocolError', type: 'NOT_LEADER_FOR_PARTITION', code: 6, retriable: true },
  ],
  [
    brokerError(ErrorCode.OFFSET_OUT_OF_RANGE, null, { topic: 't', partition: 3 }),
    { name: 'KafkaJSOffsetOutOfRange', code: 1, topic: 't', partition: 3, retriable: false },
  ],
  [
    connectionLost('b:1', 'ended', {
      cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
    }),
    { name: 'KafkaJSConnectionError', broker: 'b:1', code: 'ECONNREFUSED', retriable: true },
  ],
  [
    tlsFailed('b:1', Object.assign(new Error('no'), { code: 'CERT_HAS_EXPIRED' })),
    { name: 'KafkaJSConnectionError', broker: 'b:1', code: 'CERT_HAS_EXPIRED' },
  ],
  [requestTimedOut('b:1', 'Fetch', 5), { name: 'KafkaJSRequestTimeoutError', broker: 'b:1' }],
  [authenticationFailed('b:1', 'no'), { name: 'KafkaJSSASLAuthenticationError', retriable: false }],
  [
    noSharedVersion('Fetch', 'version 4', {}),
    { name: 'KafkaJSServerDoesNotSupportApiKey', apiName: 'Fetch', retriable: false },
  ],
])('%s', (error, known) => {
  const told = toKafkaJSError(error)
  expect(told).toBeInstanceOf(KafkaJSError)
  expect(told).toMatchObject(known)
})

test('what was retried until time was up says so, with the last failure', () => {
  const attempts = { retries: 5, retryTimeMs: 300 }
  const lost = afterRetries(connectionLost('b:1', 'ended'), attempts)
  expect(lost).toMatchObject({
    ...{ name: 'KafkaJSNumberOfRetriesExceeded', retryCount: 5, retryTime: 300, retriable: false },
    cause: { name: 'KafkaJSConnectionError', retriable: true },
  })
  const refused = afterRetries(brokerError(ErrorCode.TOPIC_AUTHORIZATION_FAILED), attempts)
  expect(refused).toMatchObject({
    name: 'KafkaJSProtocolError',
    type: 'TOPIC_AUTHORIZATION_FAILED',
  })
  const own = new RangeError('of the program')
  expect(afterRetries(own, attempts)).toBe(own)
})
