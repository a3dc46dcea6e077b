import { defineConfig } from 'vitest/config'

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    include: ['{packages,services,apps}/*/test/**/*.test.ts', '{contracts,scenarios,bench,test}/**/*.test.ts'],
    // Limits for what hangs, longer than any wait in it (test/servers.ts): nothing is measured by them, so a busy machine does not matter.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    // One broker and one database serve the whole run; each test file takes its own topics and databases.
    globalSetup: ['./test/global-setup.ts'],
    setupFiles: ['./test/no-process-left.ts'],
    // One more than the cores of a small machine: many tests wait, for a time to pass or a process to start.
    maxWorkers: 3,
  },
})
