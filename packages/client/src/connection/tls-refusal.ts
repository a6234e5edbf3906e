/** What a certificate is refused for. Source: `X509 certificate error codes` of Node's `tls`. */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_TLS_CERT_ALTNAME_FORMAT',
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CRL_HAS_EXPIRED',
  'CRL_NOT_YET_VALID',
  'CRL_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** What OpenSSL says, alerts of the other side among it: `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA`. */
const OPENSSL_CODE = /^ERR_SSL_/u

/** Of these the next attempt may know nothing: an end in the midst, a flipped bit, an overload. */
const PASSING = /UNEXPECTED_EOF|BAD_RECORD_MAC|DECRYPT|INTERNAL_ERROR|CLOSE_NOTIFY|USER_CANCEL/u

/**
 * Whether TLS itself did not come about, and will not by trying again: a certificate that is not
 * believed, here or there, no protocol or cipher in common, or nobody there who speaks TLS. Not so
 * where nobody could be reached, or the connection broke.
 * @param error of a socket, before the first answer came
 */
export function isTlsRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  const { code } = error
  if (typeof code !== 'string') return false
  return CERTIFICATE_CODES.has(code) || (OPENSSL_CODE.test(code) && !PASSING.test(code))
}
