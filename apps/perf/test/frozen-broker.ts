import { spawn } from 'node:child_process'
import { once } from 'node:events'

const PROGRAM = `
import { Broker } from '@pafka/broker'
const broker = await Broker.start()
console.log(broker.bootstrap)
`

/** A broker in a process of its own, which can be stopped in the middle of all that it does. */
export interface FrozenBroker extends Disposable {
  readonly bootstrap: string
  freeze(): void
  thaw(): void
}

export async function frozenBroker(): Promise<FrozenBroker> {
  const args = ['--conditions=@pafka/source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...args, '--input-type=module', '-e', PROGRAM], {
    ...{ cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
  })
  const [told] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    bootstrap: told.toString().trim(),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  }
}
