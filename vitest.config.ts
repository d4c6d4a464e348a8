import { defineConfig } from 'vitest/config';

/** Two projects: `house` (seconds, part of `npm run check`) and everything else. */
export default defineConfig({
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
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
        },
      },
    ],
  },
});
