import { defineConfig } from 'vitest/config';

// Tests see the same environment everywhere: no colour settings, no settings of keystone, and not that this is a CI machine,
// where the live display would show nothing.
for (const name of Object.keys(process.env))
  if (/^(CI|CI_.*|CONTINUOUS_INTEGRATION|NO_COLOR|FORCE_COLOR|KEYSTONE_(?!FULL).*)$/.test(name))
    delete process.env[name];

/** Two projects: `house` (seconds, part of `npm run check`) and `all`, everything else. */
export default defineConfig({
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    // XState's development build takes the start of an actor while an action of another is going on for a mistake (see `tell`).
    onConsoleLog: (log) => !log.startsWith('Custom actions should not call `assign()` directly'),
    projects: [
      { extends: true, test: { name: 'house', include: ['test/house/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: ['test/house/**', 'test/bench/**'],
          testTimeout: 30_000,
          pool: 'forks',
          // One less than the cores is the default, which leaves one of two idle.
          maxWorkers: 2,
        },
      },
    ],
  },
});
