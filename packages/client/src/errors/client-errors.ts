import { asError } from './as-error.ts'
import { KafkaError, type KafkaErrorContext } from './kafka-error.ts'

// What goes wrong before a broker answers.

/** The connection ended, or could not be made. The next attempt may have one. */
export function connectionLost(
  broker: string,
  why: string,
  options: { readonly cause?: unknown; readonly api?: string | undefined } = {},
): KafkaError {
  const { cause, api } = options
  return new KafkaError('CONNECTION_LOST', `The connection to ${broker} ${why}.`, {
    kind: 'retriable',
    context: { broker, api },
    cause,
  })
}

/** No answer came in time. What was asked may be done, or not. */
export function requestTimedOut(broker: string, api: string, timeoutMs: number): KafkaError {
  const text = `${api}: ${broker} did not answer within ${timeoutMs} ms.`
  return new KafkaError('REQUEST_TIMED_OUT', text, { kind: 'retriable', context: { broker, api } })
}

/** Who asks was closed. */
export function clientClosed(what: string): KafkaError {
  return new KafkaError('CLOSED', `The ${what} is closed.`, { kind: 'usage' })
}

/** What was written in a transaction that does not count, or was not written any more. */
export function transactionAborted(cause?: unknown): KafkaError {
  const text = 'The transaction is aborted.'
  return new KafkaError('TRANSACTION_ABORTED', text, { kind: 'abortable', cause })
}

/** Broker and client have no version of a request in common. */
export function noSharedVersion(
  api: string,
  needs: string,
  context: KafkaErrorContext,
): KafkaError {
  const text = `${api}: ${context.broker ?? 'the broker'} does not support ${needs}.`
  return new KafkaError('UNSUPPORTED_VERSION', text, {
    kind: 'config',
    context: { ...context, api },
  })
}

export function authenticationFailed(broker: string, why: string, cause?: unknown): KafkaError {
  const text = `The authentication with ${broker} failed: ${why}`
  return new KafkaError('AUTHENTICATION_FAILED', text, { kind: 'auth', context: { broker }, cause })
}

/** Who was to say how we prove who we are failed to: an endpoint of tokens, a store of secrets. */
export function noCredentials(broker: string, cause: unknown): KafkaError {
  const text = `There are no credentials for ${broker}: ${asError(cause).message}`
  const options = { kind: 'retriable', context: { broker }, cause } as const
  return new KafkaError('CREDENTIALS_UNAVAILABLE', text, options)
}

/** Trying again does not mend it. @param what is to be given */
export function badCredentials(what: string): KafkaError {
  const text = `The source of credentials gave something else than ${what}.`
  return new KafkaError('INVALID_CREDENTIALS', text, { kind: 'usage' })
}

/** TLS with a broker did not come about, and will not before somebody changes something. */
export function tlsFailed(broker: string, cause: Error): KafkaError {
  const text = `TLS with ${broker} failed: ${cause.message}`
  return new KafkaError('TLS_FAILED', text, { kind: 'auth', context: { broker }, cause })
}

/** A record was not even buffered. */
export function notBuffered(topic: string, cause: unknown): KafkaError {
  if (cause instanceof KafkaError) {
    return cause.outcome === undefined ? cause.asNotWritten(topic) : cause
  }
  const why = asError(cause).message
  const text = `A record for ${topic} could not be encoded: ${why}`
  return new KafkaError('ENCODING_FAILED', text, {
    ...{ kind: 'usage', context: { topic }, outcome: 'not-written', cause },
  })
}
