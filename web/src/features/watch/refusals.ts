import type { ActiveStream } from "@/api/playback";
import type { ApiProblem } from "@/api/problem";
import type { Translator } from "@/i18n";

const TELEVISION = "television";

const SYSTEMS: [RegExp, string][] = [
  [/Tizen|Web0S|webOS|SMART-TV|BRAVIA|GoogleTV|Android TV/i, TELEVISION],
  [/iPad/, "iPad"],
  [/iPhone/, "iPhone"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Macintosh/, "Mac"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];
const BROWSERS: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];

function firstOf(words: [RegExp, string][], agent: string): string | null {
  return words.find(([pattern]) => pattern.test(agent))?.[1] ?? null;
}

/** What somebody watches on, as far as a browser's name of itself tells. */
export function screenWords(agent: string, t: Translator["t"]): string {
  const [browser, found] = [firstOf(BROWSERS, agent), firstOf(SYSTEMS, agent)];
  const system = found === TELEVISION ? t("watch.a-television") : found;
  if (browser !== null && system !== null) return t("watch.browser-on", { browser, system });
  return browser ?? system ?? t("watch.another-screen");
}

/** What plays, and who watches it where. */
export function streamWords(stream: ActiveStream, profiles: readonly { profile_id: string; name: string }[], t: Translator["t"]): { what: string; who: string } {
  const profile = profiles.find((one) => one.profile_id === stream.profile_id)?.name ?? "";
  return { what: stream.title_name, who: [profile, screenWords(stream.user_agent, t)].filter((part) => part !== "").join(" · ") };
}

/** Why a stream ends, in the service's words: `EndReason` of its contract. */
export const END_REASONS = ["expired", "stopped", "replaced", "stopped-by-member", "stopped-by-staff", "signed-out"] as const;

function isEndReason(reason: unknown): reason is (typeof END_REASONS)[number] {
  return (END_REASONS as readonly unknown[]).includes(reason);
}

/** Why a stream was ended, in words. A reason that this version does not know is left out. */
export function endingWords(problem: ApiProblem, t: Translator["t"]): string {
  const { reason } = problem.facts;
  return isEndReason(reason) ? t(`watch.ended-${reason}`) : "";
}
