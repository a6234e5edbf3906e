export { clients, type Client } from './clients.ts'
export type { InstalledClient } from './installed-client.ts'
export { type Installation, installClients } from './install/install-clients.ts'
