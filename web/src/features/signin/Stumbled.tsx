import { useEffect, useState } from "react";

import { FormProblem } from "@/ui/Field";

import { waitText, type Stumble } from "./model";

function useCountdown(seconds: number | null): number {
  const [left, setLeft] = useState(seconds ?? 0);
  useEffect(() => {
    if (seconds === null) return;
    const until = Date.now() + seconds * 1000;
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000))), 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return left;
}

/** A refusal at a door. A wait is counted down in view, and read out once only. */
export function Stumbled({ stumble }: { stumble: Stumble }) {
  const left = useCountdown(stumble.waitSeconds);
  return (
    <FormProblem title={stumble.title} reference={stumble.reference}>
      <p>{stumble.sentence}</p>
      {stumble.waitSeconds !== null && <p aria-hidden="true">{left > 0 ? `Try again in ${waitText(left)}.` : "You can try again now."}</p>}
    </FormProblem>
  );
}
