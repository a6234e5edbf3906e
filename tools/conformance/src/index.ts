export { clients, type Client } from './clients.ts'
export type { InstalledClient } from './installed-client.ts'
export { toolsDocument } from './tool-calls/tools-document.ts'
export { type Installation, installClients } from './install/install-clients.ts'
