import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const service = process.env.MATINEE_URL ?? "http://127.0.0.1:8400";

/** What every page writes with, known before any style is read; other letters come when a page has some. */
const FIRST_FONTS = /\/(anybody-latin-wdth|instrument-sans-latin-wght)-normal-[^/]+\.woff2$/;
const COMPRESSIBLE = /\.(js|css|html|svg)$/;
/** Smaller files gain nothing. */
const WORTH_BYTES = 1024;

function fontsFirst(): Plugin {
  return {
    name: "fonts-first",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (_html, { bundle }) =>
        Object.keys(bundle ?? {})
          .map((name) => `/${name}`)
          .filter((href) => FIRST_FONTS.test(href))
          .map((href) => ({ tag: "link", attrs: { rel: "preload", as: "font", type: "font/woff2", href, crossorigin: "" }, injectTo: "head-prepend" as const })),
    },
  };
}

/** Files beside files, compressed once as well as it goes: whoever serves them picks by what a browser takes. */
function compressed(): Plugin {
  let folder = "dist";
  return {
    name: "compressed",
    apply: "build",
    configResolved: (config) => {
      folder = join(config.root, config.build.outDir);
      if (config.build.outDir.startsWith("/")) folder = config.build.outDir;
    },
    closeBundle: async () => {
      const names = (await readdir(folder, { recursive: true })).filter((name) => COMPRESSIBLE.test(name));
      await Promise.all(
        names.map(async (name) => {
          const path = join(folder, name);
          const content = await readFile(path);
          if (content.byteLength < WORTH_BYTES) return;
          const [br, gz] = await Promise.all([promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.byteLength } }), promisify(gzip)(content, { level: 9 })]);
          await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
        }),
      );
    },
  };
}

export default defineConfig({
  base: "/",
  plugins: [react(), fontsFirst(), compressed()],
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
