import { defineConfig } from "vitest/config";

/** Browser journeys against the mock: one real Chromium, one file at a time, as they share the machine's clock. */
export default defineConfig({
  test: {
    include: ["e2e/**/*.e2e.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
