const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Until it is disposed of no signal ends this process by itself, also not a second one: what has
 * to be taken back is. A terminal that is closed (SIGHUP) counts as SIGTERM.
 */
export function holdSignals(): Disposable {
  for (const signal of ENDING) process.on(signal, hold)
  return {
    [Symbol.dispose]: () => {
      for (const signal of ENDING) process.off(signal, hold)
    },
  }
}

function hold(signal: NodeJS.Signals): void {
  if (signal === 'SIGHUP') process.emit('SIGTERM', 'SIGTERM')
}
