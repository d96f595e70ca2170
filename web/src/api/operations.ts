import { call, segment } from "./http";

/** The commands of every process: what is called, how it goes, and what may be changed of it. */

const OPERATIONS = "/api/v1/admin/operations";
export const OPERATIONS_LIVE = `${OPERATIONS}/live`;

export type CommandSettings = {
  timeout_seconds: number;
  max_concurrent: number;
  adaptive: "" | "gradient" | "additive";
  breaker_force: "" | "open" | "closed";
  request_volume_threshold: number;
  error_threshold_percent: number;
  sleep_window_seconds: number;
};
export type CommandValue = string | number | boolean;
export type Fault = { pattern: string; kind: "fail" | "delay"; seconds: number; percent: number };
type Percents = Record<"50" | "90" | "99" | "99.5", number>;

/** A command as the metrics stream shows it: counts of the last ten seconds, latencies of the last minute. */
export type CommandShown = {
  type: "HystrixCommand";
  name: string;
  group: string;
  process: string;
  isCircuitBreakerOpen: boolean;
  breakerState: "closed" | "open" | "half-open";
  errorPercentage: number;
  errorCount: number;
  requestCount: number;
  rollingCountSuccess: number;
  rollingCountFailure: number;
  rollingCountTimeout: number;
  rollingCountBadRequests: number;
  rollingCountShortCircuited: number;
  rollingCountSemaphoreRejected: number;
  rollingCountFallbackSuccess: number;
  rollingCountFallbackFailure: number;
  rollingCountFallbackRejection: number;
  rollingCountInjected: number;
  rollingCountCancelled: number;
  currentConcurrentExecutionCount: number;
  rollingMaxConcurrentExecutionCount: number;
  concurrencyLimit: number;
  latencyTotal_microseconds: Percents;
  settings: CommandSettings & Record<string, CommandValue>;
  changed: Record<string, CommandValue>;
  fault: Fault | null;
};
export type CollapserShown = { type: "HystrixCollapser"; name: string; process: string; rollingCountBatches: number; rollingCountRequestsBatched: number; batchSize_mean: number };
export type ProcessShown = { type: "process"; name: string; room_names: string[]; state: "here" | "away" };
export type LiveObject = CommandShown | CollapserShown | ProcessShown;

export type OperationsPage = {
  processes: { name: string; room_names: string[]; state: "here" | "away"; commands: (Omit<CommandShown, "process"> | Omit<CollapserShown, "process">)[] }[];
  changes: { name: string; values: Record<string, CommandValue>; at: string; by: string }[];
  changes_survive_restart: boolean;
  faults: { allowed: boolean; items: Fault[] };
};
export type ChangeAnswer = { name: string; changed: Record<string, CommandValue>; processes: { name: string; applied: boolean }[]; survives_restart: boolean };

export function getOperations(signal?: AbortSignal): Promise<OperationsPage> {
  return call<OperationsPage>(OPERATIONS, { signal });
}

/** Change a command in every process; null takes a value back. */
export function changeCommand(name: string, change: Record<string, CommandValue | null>): Promise<ChangeAnswer> {
  return call<ChangeAnswer>(`${OPERATIONS}/commands/${segment(name)}`, { method: "PATCH", json: change });
}

export function takeBackCommand(name: string): Promise<ChangeAnswer> {
  return call<ChangeAnswer>(`${OPERATIONS}/commands/${segment(name)}`, { method: "DELETE" });
}

/** The objects of a page, as the stream would send them. */
export function objectsOf(page: OperationsPage): LiveObject[] {
  return page.processes.flatMap(({ name, room_names, state, commands }) => [{ type: "process" as const, name, room_names, state }, ...commands.map((one): LiveObject => ({ ...one, process: name }))]);
}
