import { useState } from "react";

/** One key for one open dialog: pressing its button again cannot move the money twice. */
export function useOnceKey(): string {
  const [key] = useState(() => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""));
  return key;
}
