import { createServer, connect, type Socket } from 'node:net'

import { Broker } from '@pafka/broker'

/** A broker that is gone, for all who see it, once it was sent so many bytes. */
export interface DyingBroker extends AsyncDisposable {
  readonly address: string
}

export async function dyingBroker(afterBytes: number): Promise<DyingBroker> {
  let [received, brokerPort] = [0, 0]
  const sockets = new Set<Socket>()
  const end = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((incoming) => {
    const outgoing = connect(brokerPort, '127.0.0.1')
    for (const socket of [incoming, outgoing]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    }
    incoming.on('data', (bytes) => {
      received += bytes.length
      if (received > afterBytes) end()
    })
    incoming.pipe(outgoing).pipe(incoming)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('there is no port')
  const seen = `127.0.0.1:${address.port}`
  const config = { 'advertised.listeners': `PLAINTEXT://${seen}` }
  const broker = await Broker.start({ config })
  brokerPort = Number(broker.bootstrap.split(':').at(-1))
  return {
    address: seen,
    async [Symbol.asyncDispose]() {
      end()
      await broker[Symbol.asyncDispose]()
    },
  }
}
