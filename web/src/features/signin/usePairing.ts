import { useCallback, useEffect, useState } from "react";

import { authorizeDevice, pollPairing, type DeviceAuthorization, type SessionView } from "@/api/session";

import { pairingWord } from "./model";

export type Pairing =
  | { phase: "asking" }
  | { phase: "showing"; code: DeviceAuthorization }
  | { phase: "denied" }
  | { phase: "failed"; error: unknown };

const SLOWER_SECONDS = 5;
const SHORTEST_SECONDS = 1;

function deviceName(): string {
  const agent = navigator.userAgent;
  if (/Tizen|SMART-TV/i.test(agent)) return "Samsung television";
  if (/Web0S|webOS/i.test(agent)) return "LG television";
  if (/BRAVIA|Android TV|GoogleTV/i.test(agent)) return "Android television";
  return "Television";
}

function wait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

type Ending = { kind: "entered"; view: SessionView } | { kind: "expired" } | { kind: "denied" } | { kind: "failed"; error: unknown } | { kind: "left" };

/** Ask until something is decided, as RFC 8628 §3.5 wants it: at the interval given, slower when told so. */
export async function untilDecided(code: DeviceAuthorization, signal: AbortSignal, poll: (deviceCode: string) => Promise<SessionView> = pollPairing): Promise<Ending> {
  let interval = Math.max(code.interval, SHORTEST_SECONDS);
  const deadline = Date.now() + code.expires_in * 1000;
  for (;;) {
    await wait(interval, signal);
    if (signal.aborted) return { kind: "left" };
    try {
      return { kind: "entered", view: await poll(code.device_code) };
    } catch (error) {
      const word = pairingWord(error);
      if (word === "denied" || word === "expired") return { kind: word };
      if (word === "failed") return { kind: "failed", error };
      if (word === "slower") interval += SLOWER_SECONDS;
    }
    if (Date.now() > deadline) return { kind: "expired" };
  }
}

/** Shows a code and waits for somebody to approve it elsewhere; a code that runs out is followed by the next. */
export function usePairing(onEntered: (view: SessionView) => Promise<void>): { pairing: Pairing; again: () => void } {
  const [pairing, setPairing] = useState<Pairing>({ phase: "asking" });
  const [attempt, setAttempt] = useState(0);
  const enter = useCallback(onEntered, [onEntered]);
  useEffect(() => {
    const leaving = new AbortController();
    const run = async () => {
      for (;;) {
        const code = await authorizeDevice(deviceName());
        if (leaving.signal.aborted) return;
        setPairing({ phase: "showing", code });
        const ending = await untilDecided(code, leaving.signal);
        if (ending.kind === "expired") continue;
        if (ending.kind === "entered") await enter(ending.view);
        else if (ending.kind === "denied") setPairing({ phase: "denied" });
        else if (ending.kind === "failed") setPairing({ phase: "failed", error: ending.error });
        return;
      }
    };
    run().catch((error: unknown) => {
      if (!leaving.signal.aborted) setPairing({ phase: "failed", error });
    });
    return () => leaving.abort();
  }, [attempt, enter]);
  const again = () => {
    setPairing({ phase: "asking" });
    setAttempt((count) => count + 1);
  };
  return { pairing, again };
}
