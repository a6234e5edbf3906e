import { command, isThere, NotInstallable } from './toolbox.ts'

let updated: Promise<string> | undefined

/** Brings Debian packages where that is possible: as root, and only those that are missing. */
export async function installDebian(packages: readonly string[]): Promise<void> {
  if (packages.length === 0 || !(await isThere('dpkg-query', '--version'))) return
  const missing: string[] = []
  for (const name of packages) {
    const isInstalled = await command('dpkg-query', ['-W', '-f', '${Status}', name]).then(
      (status) => status.endsWith(' installed'),
      () => false,
    )
    if (!isInstalled) missing.push(name)
  }
  if (missing.length === 0) return
  if (!(await isThere('apt-get', '--version')) || process.getuid?.() !== 0) {
    throw new NotInstallable(`needs ${missing.join(', ')}: install them, or run as root on Debian`)
  }
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await (updated ??= command('apt-get', ['update', '-q'], { env }))
  await command('apt-get', ['install', '-qy', '--no-install-recommends', ...missing], { env })
}
