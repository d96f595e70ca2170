import { defineConfig } from "vitest/config";

const { MATINEE_E2E_REPORT: report } = process.env;

/**
 * Browser journeys against the mock: two files side by side, each with a Chromium and mocks of its own.
 *
 * MATINEE_E2E_REPORT names a file that takes the results as JSON, for whoever has only the end of the output.
 */
export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    environment: "node",
    globalSetup: "e2e/media.setup.ts",
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // A page that is slow is waited for; one that is wrong stays wrong.
    expect: { poll: { timeout: 15_000 } },
    reporters: ["dot", ...(report === undefined ? [] : [["json", { outputFile: report }] as ["json", { outputFile: string }]])],
  },
});
