import type { TelemetryPeer } from '../telemetry/client-telemetry.ts'
import type { RequestOrigin } from './handler.ts'

/** A name that is longer is cut: it is matched, and kept with every series of the client. */
const MOST_NAME_LENGTH = 200

/** What subscriptions can match of a client. */
export function telemetryPeer(origin: RequestOrigin): TelemetryPeer {
  const { clientId, clientSoftware, remoteAddress, remotePort } = origin
  return {
    client_id: clientId?.slice(0, MOST_NAME_LENGTH),
    client_software_name: clientSoftware?.name,
    client_software_version: clientSoftware?.version,
    client_source_address: remoteAddress,
    client_source_port: String(remotePort),
  }
}
