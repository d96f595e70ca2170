import type { CollapserShown, CommandShown, LiveObject, ProcessShown } from "@/api/operations";

/** What the operations page shows, out of what the processes tell. */

export const WINDOW_SECONDS = 10;
export const HISTORY = 120;

export type Health = "away" | "open" | "probing" | "failing" | "strained" | "healthy" | "idle";
export type Look = "good" | "warn" | "bad" | "plain";

/** Health from worst to best: a word, a mark that is not its colour alone, and the look. */
export const HEALTHS: Record<Health, { words: string; mark: string; look: Look; rank: number }> = {
  open: { words: "Open", mark: "■", look: "bad", rank: 0 },
  failing: { words: "Failing", mark: "▲", look: "bad", rank: 1 },
  away: { words: "Away", mark: "✕", look: "bad", rank: 2 },
  probing: { words: "Trying again", mark: "◐", look: "warn", rank: 3 },
  strained: { words: "Some trouble", mark: "◆", look: "warn", rank: 4 },
  healthy: { words: "Healthy", mark: "●", look: "good", rank: 5 },
  idle: { words: "Idle", mark: "○", look: "plain", rank: 6 },
};

export type Seen = { key: string; command: CommandShown; health: Health; history: readonly number[] };
export type Board = { processes: ProcessShown[]; commands: Seen[]; collapsers: CollapserShown[] };
export type Sort = "errors" | "traffic" | "latency" | "name";
export const SORTS: readonly (readonly [Sort, string])[] = [
  ["errors", "Errors first"],
  ["traffic", "Traffic first"],
  ["latency", "Slowest first"],
  ["name", "By name"],
];

export function healthOf(command: CommandShown, state: "here" | "away"): Health {
  if (state === "away") return "away";
  if (command.isCircuitBreakerOpen) return command.breakerState === "half-open" && command.settings.breaker_force === "" ? "probing" : "open";
  if (command.requestCount > 0 && command.errorPercentage >= command.settings.error_threshold_percent) return "failing";
  if (command.errorCount > 0 || command.rollingCountFallbackFailure + command.rollingCountFallbackRejection + command.rollingCountShortCircuited > 0) return "strained";
  return command.requestCount > 0 || command.currentConcurrentExecutionCount > 0 || command.rollingCountBadRequests > 0 ? "healthy" : "idle";
}

export function isUnhealthy(health: Health): boolean {
  return health !== "healthy" && health !== "idle";
}

/** Calls that came in a second: those that ran, and those that were turned away. */
export function rateOf(command: CommandShown): number {
  return (command.requestCount + command.rollingCountBadRequests + command.rollingCountShortCircuited) / WINDOW_SECONDS;
}

export function rateText(rate: number): string {
  if (rate === 0) return "0/s";
  return rate < 10 ? `${rate.toFixed(1)}/s` : `${Math.round(rate)}/s`;
}

export function latencyText(microseconds: number): string {
  const milliseconds = microseconds / 1000;
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(0)} s`;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return milliseconds >= 10 || milliseconds === 0 ? `${Math.round(milliseconds)} ms` : `${milliseconds.toFixed(1)} ms`;
}

/** The state of the breaker in words, with who decided it. */
export function breakerText(command: CommandShown): string {
  if (command.settings.breaker_force !== "") return `Forced ${command.settings.breaker_force}`;
  if (command.breakerState === "half-open") return "Half-open";
  return command.isCircuitBreakerOpen ? "Open" : "Closed";
}

/** The radius of a command's circle, 0 to 1: it grows with the logarithm of traffic. */
export function radiusOf(rate: number): number {
  return Math.min(1, 0.42 + Math.log10(1 + rate) / 4.5);
}

/** A line through the latest rates, as points in a box of `width` × `height`, newest at the right. */
export function sparkline(history: readonly number[], width: number, height: number): string {
  const most = Math.max(1, ...history);
  const step = width / (HISTORY - 1);
  const first = HISTORY - history.length;
  return history.map((rate, index) => `${((first + index) * step).toFixed(1)},${(height - (rate / most) * (height - 2) - 1).toFixed(1)}`).join(" ");
}

const COMPARE: Record<Sort, (a: Seen, b: Seen) => number> = {
  errors: (a, b) => HEALTHS[a.health].rank - HEALTHS[b.health].rank || b.command.errorPercentage - a.command.errorPercentage || rateOf(b.command) - rateOf(a.command),
  traffic: (a, b) => rateOf(b.command) - rateOf(a.command),
  latency: (a, b) => b.command.latencyTotal_microseconds["99"] - a.command.latencyTotal_microseconds["99"],
  name: () => 0,
};

export function byName(a: Seen, b: Seen): number {
  return a.command.name.localeCompare(b.command.name) || a.command.process.localeCompare(b.command.process);
}

export type View = { sort: Sort; filter: string; unhealthyOnly: "only" | "all"; idle: "shown" | "hidden" };

export function chosen(commands: readonly Seen[], view: View): Seen[] {
  const wanted = view.filter.trim().toLowerCase();
  return commands
    .filter(({ command, health }) => {
      if (wanted !== "" && !`${command.name} ${command.process}`.toLowerCase().includes(wanted)) return false;
      if (view.unhealthyOnly === "only") return isUnhealthy(health);
      return view.idle === "shown" || wanted !== "" || health !== "idle" || Object.keys(command.changed).length > 0;
    })
    .sort((a, b) => COMPARE[view.sort](a, b) || byName(a, b));
}

export type Group = { key: string; words: string; process: string; commands: Seen[] };

/** Groups of a process's commands: those of a room, or the calls to another one. A group stands where its first command would. */
export function grouped(commands: readonly Seen[]): Group[] {
  const groups = new Map<string, Group>();
  for (const one of commands) {
    const { group, process } = one.command;
    const key = `${process} ${group}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { key, words: /^[A-Z]/.test(group) ? `Calls to ${group}` : group.charAt(0).toUpperCase() + group.slice(1), process, commands: [one] });
    else known.commands.push(one);
  }
  return [...groups.values()];
}

/** Collects what processes tell, and remembers two minutes of traffic of each command. */
export class Collector {
  private readonly processes = new Map<string, ProcessShown>();
  private readonly commands = new Map<string, CommandShown>();
  private readonly collapsers = new Map<string, CollapserShown>();
  private readonly histories = new Map<string, number[]>();

  take(object: LiveObject): void {
    if (object.type === "process") {
      this.processes.set(object.name, object);
      // Until it has answered once, a process is known by its rooms; the name that it gives itself takes that place.
      const rooms = object.room_names.join("+");
      if (rooms !== object.name && object.state === "here" && this.processes.get(rooms)?.state === "away") this.processes.delete(rooms);
      return;
    }
    const key = `${object.process}/${object.name}`;
    if (object.type === "HystrixCommand") this.commands.set(key, object);
    else this.collapsers.set(key, object);
  }

  /** A second has gone by. */
  tick(): void {
    for (const [key, command] of this.commands) {
      const history = this.histories.get(key) ?? [];
      history.push(this.stateOf(command.process) === "away" ? 0 : rateOf(command));
      if (history.length > HISTORY) history.shift();
      this.histories.set(key, history);
    }
  }

  private stateOf(process: string): "here" | "away" {
    return this.processes.get(process)?.state ?? "here";
  }

  board(): Board {
    const commands = [...this.commands].map(([key, command]) => ({ key, command, health: healthOf(command, this.stateOf(command.process)), history: [...(this.histories.get(key) ?? [])] }));
    return { processes: [...this.processes.values()], commands, collapsers: [...this.collapsers.values()] };
  }
}
