import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * The suffix says what a test needs (CONTRIBUTING.md): `.test.ts` alone is unit, property or golden; `.e2e.test.ts`
 * starts a process; `.sim.test.ts` simulates; `.redis.test.ts` and `.nats.test.ts` start the real server themselves.
 * `.contract.ts` is called by tests and is none itself.
 */
export default defineConfig({
  test: {
    environment: 'node',
    setupFiles: ['src/proof/properties/seed-properties.fixture.ts'],
    include: ['src/**/*.test.ts', '.ci/**/*.test.ts', 'loadtest/**/*.test.ts'],
    // Native drivers (LMDB, ONNX) and tests that end a process want a process of their own, not a thread.
    pool: 'forks',
    maxWorkers: Math.max(2, Math.min(4, availableParallelism())),
    // One that hangs must fail; one on a machine that stalls for seconds must not.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    passWithNoTests: false,
    // A test that asserts nothing cannot fail. A property that ran counts as one (the set-up file sees to it).
    expect: { requireAssertions: true },
    execArgv: ['--no-allocation-site-pretenuring', '--disable-warning=ExperimentalWarning'],
  },
});
