/** The one place that loads the streaming engine; it is a chunk of its own, fetched when somebody watches. */

type Engine = typeof import("shaka-player/dist/shaka-player.compiled-es2021.js").default;
export type Shaka = Engine;
export type ShakaPlayer = InstanceType<Engine["Player"]>;

let loading: Promise<Shaka> | null = null;

/** Load the engine once; a failed load may be tried again. */
export function loadShaka(): Promise<Shaka> {
  loading ??= import("shaka-player/dist/shaka-player.compiled-es2021.js").then(
    (module) => {
      module.default.polyfill.installAll();
      return module.default;
    },
    (error: unknown) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}
