import type { ConnectionOptions } from 'node:tls'

/** As `tls.connect` takes them: `ca`, `cert` and `key` for mutual TLS, `servername`, ... */
export type TlsOptions = ConnectionOptions
