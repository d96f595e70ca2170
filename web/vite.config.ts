import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const service = process.env.MATINEE_URL ?? "http://127.0.0.1:8400";

export default defineConfig({
  base: "/",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { host: "127.0.0.1", proxy: { "/api": service } },
  build: {
    target: "es2022",
    // Inlined data: URIs would fall foul of the content security policy that the gateway sends.
    assetsInlineLimit: 0,
    sourcemap: false,
    // The player engine is one large chunk that only the watch page loads.
    chunkSizeWarningLimit: 800,
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
