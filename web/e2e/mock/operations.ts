import type { ServerResponse } from "node:http";

import { readJson, sendJson, sendProblem } from "./http";
import type { Handler, Route } from "./session";

type Fields = Record<string, unknown>;
export type MockCommand = Fields & { name: string; process: string; settings: Record<string, unknown>; changed: Record<string, unknown> };

const MOST = 5;
const BEAT_MS = 100;

/** A command of a process as the stream shows it. */
export function command(name: string, process: string, given: Fields = {}): MockCommand {
  const counts = ["Success", "Failure", "Timeout", "BadRequests", "ShortCircuited", "SemaphoreRejected", "FallbackSuccess", "FallbackFailure", "FallbackRejection", "Injected", "Cancelled"];
  return {
    type: "HystrixCommand",
    name,
    group: name.split(".")[0],
    process,
    isCircuitBreakerOpen: false,
    breakerState: "closed",
    errorPercentage: 0,
    errorCount: 0,
    requestCount: 0,
    ...Object.fromEntries(counts.map((one) => [`rollingCount${one}`, 0])),
    currentConcurrentExecutionCount: 0,
    rollingMaxConcurrentExecutionCount: 0,
    concurrencyLimit: 64,
    latencyTotal_microseconds: { "50": 0, "90": 0, "99": 0, "99.5": 0 },
    settings: { timeout_seconds: 30, max_concurrent: 64, adaptive: "", breaker_force: "", request_volume_threshold: 20, error_threshold_percent: 50, sleep_window_seconds: 5 },
    changed: {},
    fault: null,
    ...given,
  };
}

const busy = (count: number, p50: number, p99: number) => ({ requestCount: count, rollingCountSuccess: count, currentConcurrentExecutionCount: 2, rollingMaxConcurrentExecutionCount: 9, latencyTotal_microseconds: { "50": p50, "90": Math.round((p50 + p99) / 2), "99": p99, "99.5": p99 * 2 } });

/** A stand-in for what the gateway tells of all commands, and for changing them. */
export class MockOperations {
  processes = [
    { name: "gateway", room_names: ["gateway"], state: "here" },
    { name: "home", room_names: ["home"], state: "here" },
    { name: "search", room_names: ["search"], state: "here" },
    { name: "billing", room_names: ["billing"], state: "away" },
  ];
  commands: MockCommand[] = [
    command("home.trending", "home", busy(842, 1_900, 14_200)),
    command("home.because", "home", { ...busy(600, 22_000, 310_000), errorCount: 30, errorPercentage: 5, rollingCountTimeout: 30, rollingCountFallbackSuccess: 30, rollingCountSuccess: 570, fault: { pattern: "home.because", kind: "delay", seconds: 0.3, percent: 5 }, rollingCountInjected: 30 }),
    command("home.database.read", "home", busy(3_104, 480, 3_100)),
    command("Searching.find", "home", { isCircuitBreakerOpen: true, breakerState: "open", errorCount: 40, errorPercentage: 100, requestCount: 40, rollingCountTimeout: 40, rollingCountShortCircuited: 212, rollingCountFallbackSuccess: 252, latencyTotal_microseconds: { "50": 250_000, "90": 251_000, "99": 260_000, "99.5": 1_260_000 } }),
    command("Identity.keys", "gateway", busy(3, 900, 1_200)),
    command("gateway.database.write", "gateway", busy(14, 2_400, 9_000)),
    command("search.index.find", "search", { ...busy(90, 4_000, 14_000), rollingCountSemaphoreRejected: 60, errorCount: 60, errorPercentage: 40, requestCount: 150 }),
    command("search.index.rebuild", "search"),
  ];
  full = 0;
  private readonly live = new Set<ServerResponse>();
  private readonly staff: (handler: Handler) => Handler;

  constructor(staff: (handler: Handler) => Handler) {
    this.staff = staff;
  }

  /** End every open stream, as a gateway that goes away does. */
  drop(): void {
    for (const one of this.live) one.destroy();
  }

  private readonly page: Handler = (_request, response) => {
    const processes = this.processes.map((one) => ({ ...one, commands: this.commands.filter((shown) => shown.process === one.name) }));
    sendJson(response, 200, { processes, changes: [], changes_survive_restart: true, faults: { allowed: true, items: [] } });
  };

  private readonly follow: Handler = (_request, response) => {
    if (this.live.size >= MOST - this.full) return sendProblem(response, 503, "operations-full", "Too many operations pages are open", "5 operations pages are open; close one.");
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=UTF-8", "Cache-Control": "no-store" });
    this.live.add(response);
    const beat = () => {
      for (const one of [...this.processes.map((process) => ({ type: "process", ...process })), ...this.commands]) response.write(`data: ${JSON.stringify({ ...one, currentTime: 1 })}\n\n`);
      response.write("ping: \n\n");
    };
    response.write("retry: 200\n\n");
    beat();
    const timer = setInterval(beat, BEAT_MS);
    response.on("close", () => {
      clearInterval(timer);
      this.live.delete(response);
    });
  };

  private readonly change: Handler = async (request, response, match) => {
    const name = decodeURIComponent(match[1] ?? "");
    const found = this.commands.filter((one) => one.name === name);
    const body = request.method === "PATCH" ? await readJson(request) : {};
    if (typeof body.timeout_seconds === "string" || body.timeout_seconds === 0) return sendProblem(response, 400, "command-change", "Not a setting of a command", "Expected `float` > 0.0 - at `$.timeout_seconds`.");
    for (const one of found) {
      one.changed = request.method === "PATCH" ? { ...one.changed, ...body } : {};
      one.settings = { ...command("x", "x").settings, ...one.changed };
      one.isCircuitBreakerOpen = one.changed.breaker_force === "open";
    }
    const processes = this.processes.map((one) => ({ name: one.name, applied: one.state === "here" }));
    sendJson(response, 200, { name, changed: found[0]?.changed ?? {}, processes, survives_restart: true });
  };

  get routes(): Route[] {
    return [
      ["operations", /^\/api\/v1\/admin\/operations$/, this.staff(this.page)],
      ["operations-live", /^\/api\/v1\/admin\/operations\/live$/, this.staff(this.follow)],
      ["operations-change", /^\/api\/v1\/admin\/operations\/commands\/([^/]+)$/, this.staff(this.change)],
    ];
  }
}
