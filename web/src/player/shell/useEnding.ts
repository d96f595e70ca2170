import { useCallback, useEffect, useRef, useState } from "react";

import type { SkipHabit } from "@/api/session";
import type { MatineePlayer } from "@/player/core/engine";
import { Presence } from "@/player/core/presence";
import type { PlayerState } from "@/player/core/state";
import { HIDDEN, UpNext, type EndHabit, type UpNextView } from "@/player/core/upNext";

export type EndingOptions = {
  titleId: string;
  player: MatineePlayer | null;
  markers: PlayerState["markers"];
  hasNext: boolean;
  habit: EndHabit;
  /** Get what the next episode will need. */
  prepareNext: () => void;
  goOn: () => void;
  /** The next episode does not begin now. */
  stayHere: () => void;
};

export type Ending = {
  view: UpNextView;
  /** Whether to ask if anybody is still there before going on. */
  asking: boolean;
  decline: () => void;
  goOn: () => void;
};

const TICK_MS = 250;
const SIGNS = ["keydown", "pointerdown", "pointermove", "wheel"];

/** What a profile's settings come to at the end of an episode. */
export function endHabit(autoplay: "on" | "off", credits: SkipHabit): EndHabit {
  if (autoplay === "off") return "wait";
  return ({ ask: "countdown", always: "brief", never: "after" } as const)[credits];
}

function usePresence(): Presence {
  const [presence] = useState(() => new Presence(Date.now()));
  useEffect(() => {
    const sign = (): void => presence.sign(Date.now());
    for (const name of SIGNS) document.addEventListener(name, sign, { capture: true, passive: true });
    return () => {
      for (const name of SIGNS) document.removeEventListener(name, sign, { capture: true });
    };
  }, [presence]);
  return presence;
}

type Seen = { titleId: string; view: UpNextView; asking: boolean };

function same(a: Seen, b: Seen): boolean {
  return a.titleId === b.titleId && a.asking === b.asking && a.view.phase === b.view.phase && a.view.leftMs === b.view.leftMs;
}

/** The end of an episode: the next one is offered over the credits, and begins by itself while somebody is there. */
export function useEnding({ titleId, player, markers, hasNext, habit, prepareNext, goOn, stayHere }: EndingOptions): Ending {
  const presence = usePresence();
  const [seen, setSeen] = useState<Seen>({ titleId, view: HIDDEN, asking: false });
  const clock = useRef<UpNext | null>(null);
  const current = seen.titleId === titleId ? seen : { titleId, view: HIDDEN, asking: false };
  const { asking } = current;

  useEffect(() => {
    if (player === null || !hasNext || asking) return;
    const upNext = new UpNext(markers, habit);
    clock.current = upNext;
    let at = performance.now();
    let prepared = false;
    const show = (view: UpNextView, ask: boolean): void => {
      const next = { titleId, view, asking: ask };
      setSeen((before) => (same(before, next) ? before : next));
    };
    const timer = setInterval(() => {
      const { currentTime, duration, paused, buffering, phase } = player.store.get();
      const now = performance.now();
      const view = upNext.tick({ seconds: currentTime, duration, playing: !paused && !buffering, ended: phase === "ended" }, now - at);
      at = now;
      if (view.phase !== "hidden" && !prepared) prepareNext();
      prepared ||= view.phase !== "hidden";
      if (view.phase !== "due") {
        show(view, false);
        return;
      }
      clearInterval(timer);
      if (presence.finished(Date.now())) {
        player.video.pause();
        stayHere();
        show(HIDDEN, true);
      } else goOn();
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [player, markers, hasNext, habit, titleId, asking, presence, prepareNext, goOn, stayHere]);

  const decline = useCallback(() => {
    const ended = player?.store.get().phase === "ended";
    clock.current?.decline(ended);
    setSeen({ titleId, view: ended ? { phase: "offered", leftMs: null } : HIDDEN, asking: false });
  }, [player, titleId]);
  return { view: current.view, asking, decline, goOn };
}
