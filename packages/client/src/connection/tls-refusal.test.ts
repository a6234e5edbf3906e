import { expect, test } from 'vitest'

import { isTlsRefusal } from './tls-refusal.ts'

function errorOf(code: unknown): Error {
  return Object.assign(new Error('x'), { code })
}

test.each([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
])('trying again does not help: %s', (code) => {
  expect(isTlsRefusal(errorOf(code))).toBe(true)
})

test.each([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'ETIMEDOUT',
  'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
  'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
  'ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC',
  'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
  undefined,
  7,
])('the next attempt may succeed: %s', (code) => {
  expect(isTlsRefusal(errorOf(code))).toBe(false)
})

test('what is no error of a socket is none of TLS', () => {
  for (const other of [undefined, null, 'CERT_HAS_EXPIRED', { code: 'CERT_HAS_EXPIRED' }]) {
    expect(isTlsRefusal(other)).toBe(false)
  }
  expect(isTlsRefusal(new Error('CERT_HAS_EXPIRED'))).toBe(false)
})
