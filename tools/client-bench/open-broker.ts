import { Broker } from '@pafka/broker'

export interface OpenBroker extends AsyncDisposable {
  /** `host:port` */
  readonly address: string
}

/** The one that was named, or one of this project, with its log in a temporary folder. */
export async function openBroker(named: string | undefined): Promise<OpenBroker> {
  if (named !== undefined) return { address: named, async [Symbol.asyncDispose]() {} }
  const broker = await Broker.start({ data: 'temporary' })
  return { address: broker.bootstrap, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() }
}
