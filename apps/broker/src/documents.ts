/** What tools/docs writes into docs/. Not part of the published package. */
export { configurationDocument } from './config/configuration-document.ts'
export { protocolDocument } from './handlers/protocol-document.ts'
