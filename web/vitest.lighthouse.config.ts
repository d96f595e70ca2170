import { defineConfig } from "vitest/config";

/** Lighthouse over the built client and the mock; apart from the journeys, as it measures time. */
export default defineConfig({
  test: {
    include: ["e2e/lighthouse.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
