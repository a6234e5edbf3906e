import { defineConfig, type ViteUserConfig } from 'vitest/config'

const conditions = ['@pafka/source', 'node', 'import', 'default']

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{packages,apps,tools}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 60_000,
    expect: { requireAssertions: true }, // no test that asserts nothing
  },
})

export default config
