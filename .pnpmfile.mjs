/** What is packed for npm has no use for what builds and tests it. */
export const hooks = {
  beforePacking: ({ scripts: _scripts, devDependencies: _devDependencies, ...manifest }) =>
    manifest,
}
