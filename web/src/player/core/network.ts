import type { StreamGrant } from "@/api/types";

import type { EdgeRing } from "./edges";
import { rewriteHlsKeys } from "./hlsKeys";
import type { Shaka, ShakaPlayer } from "./shaka";

export type NetworkHooks = {
  ring: EdgeRing;
  grant: () => StreamGrant;
  edgeChanged: () => void;
};

/** Shaka turns to the next address of a request with each attempt, so attempts × edges are tried in all. */
export const RETRY = {
  maxAttempts: 4,
  baseDelay: 300,
  backoffFactor: 1.6,
  fuzzFactor: 0.4,
  connectionTimeout: 4000,
  stallTimeout: 6000,
  timeout: 20_000,
};

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Teach the engine about edges and licences. */
export function installFilters(shaka: Shaka, player: ShakaPlayer, hooks: NetworkHooks): void {
  const networking = player.getNetworkingEngine();
  if (networking === null) throw new Error("the engine has no network");
  const { LICENSE, MANIFEST, SEGMENT } = shaka.net.NetworkingEngine.RequestType;

  networking.registerRequestFilter((type, request) => {
    if (type === LICENSE) {
      request.uris = [new URL(hooks.grant().licence_url, window.location.origin).href];
      request.headers.Authorization = `Bearer ${hooks.grant().licence_token}`;
      request.headers["Content-Type"] = "application/json";
      return;
    }
    // Later attempts already carry every edge; putting them in another order now would try the same one twice.
    const [uri] = request.uris;
    if (request.attempt === 0 && uri !== undefined) request.uris = hooks.ring.candidates(uri);
  });

  networking.registerResponseFilter((type, response) => {
    if ((type === MANIFEST || type === SEGMENT) && hooks.ring.answered(response.uri)) hooks.edgeChanged();
    if (type !== MANIFEST) return;
    const text = new TextDecoder().decode(bytesOf(response.data));
    const rewritten = rewriteHlsKeys(text);
    if (rewritten !== text) response.data = new TextEncoder().encode(rewritten);
  });
}
