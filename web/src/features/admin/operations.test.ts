import { describe, expect, it } from "vitest";

import type { CommandShown, ProcessShown } from "@/api/operations";

import { breakerText, chosen, Collector, grouped, healthOf, HISTORY, latencyText, radiusOf, rateOf, rateText, sparkline, type View } from "./operationsModel";

const SETTINGS = { timeout_seconds: 1, max_concurrent: 10, adaptive: "" as const, breaker_force: "" as const, request_volume_threshold: 20, error_threshold_percent: 50, sleep_window_seconds: 5 };
const ALL: View = { sort: "errors", filter: "", unhealthyOnly: "all", idle: "shown" };

function shown(name: string, given: Partial<CommandShown> = {}): CommandShown {
  return {
    type: "HystrixCommand",
    name,
    group: name.split(".")[0] ?? "",
    process: "all",
    isCircuitBreakerOpen: false,
    breakerState: "closed",
    errorPercentage: 0,
    errorCount: 0,
    requestCount: 0,
    rollingCountSuccess: 0,
    rollingCountFailure: 0,
    rollingCountTimeout: 0,
    rollingCountBadRequests: 0,
    rollingCountShortCircuited: 0,
    rollingCountSemaphoreRejected: 0,
    rollingCountFallbackSuccess: 0,
    rollingCountFallbackFailure: 0,
    rollingCountFallbackRejection: 0,
    rollingCountInjected: 0,
    rollingCountCancelled: 0,
    currentConcurrentExecutionCount: 0,
    rollingMaxConcurrentExecutionCount: 0,
    concurrencyLimit: 10,
    latencyTotal_microseconds: { "50": 0, "90": 0, "99": 0, "99.5": 0 },
    settings: SETTINGS,
    changed: {},
    fault: null,
    ...given,
  };
}

const process = (name: string, state: "here" | "away", rooms = [name]): ProcessShown => ({ type: "process", name, room_names: rooms, state });

describe("health", () => {
  it("is the worst that is known", () => {
    expect(healthOf(shown("a"), "here")).toBe("idle");
    expect(healthOf(shown("a", { requestCount: 5 }), "here")).toBe("healthy");
    expect(healthOf(shown("a", { requestCount: 50, errorCount: 1, errorPercentage: 2 }), "here")).toBe("strained");
    expect(healthOf(shown("a", { requestCount: 50, errorCount: 25, errorPercentage: 50 }), "here")).toBe("failing");
    expect(healthOf(shown("a", { isCircuitBreakerOpen: true, breakerState: "half-open" }), "here")).toBe("probing");
    expect(healthOf(shown("a", { isCircuitBreakerOpen: true, breakerState: "open" }), "here")).toBe("open");
    expect(healthOf(shown("a", { requestCount: 5 }), "away")).toBe("away");
  });

  it("of a circuit is told with who decided it", () => {
    expect(breakerText(shown("a"))).toBe("Closed");
    expect(breakerText(shown("a", { isCircuitBreakerOpen: true, breakerState: "open" }))).toBe("Open");
    expect(breakerText(shown("a", { isCircuitBreakerOpen: true, settings: { ...SETTINGS, breaker_force: "open" } }))).toBe("Forced open");
  });
});

describe("figures", () => {
  it("are short", () => {
    expect([0, 0.34, 9.94, 84.2].map(rateText)).toEqual(["0/s", "0.3/s", "9.9/s", "84/s"]);
    expect([0, 480, 3_100, 14_200, 1_260_000, 42_000_000].map(latencyText)).toEqual(["0 ms", "0.5 ms", "3.1 ms", "14 ms", "1.3 s", "42 s"]);
    expect(rateOf(shown("a", { requestCount: 50, rollingCountBadRequests: 30, rollingCountShortCircuited: 20 }))).toBe(10);
  });

  it("make circles that grow slowly and lines that stay in their box", () => {
    expect(radiusOf(0)).toBeGreaterThan(0.1);
    expect(radiusOf(10)).toBeGreaterThan(radiusOf(1));
    expect(radiusOf(1e9)).toBe(1);
    const points = sparkline([0, 5, 10], 150, 40).split(" ").map((pair) => pair.split(",").map(Number));
    expect(points.map(([x]) => x)).toEqual([147.5, 148.7, 150]);
    expect(points.map(([, y]) => y)).toEqual([39, 20, 1]);
  });
});

describe("the board", () => {
  it("remembers two minutes and what an away process was", () => {
    const collector = new Collector();
    collector.take(process("home", "here"));
    collector.take(shown("home.a", { process: "home", requestCount: 10 }));
    for (let second = 0; second < HISTORY + 5; second += 1) collector.tick();
    collector.take(process("home", "away"));
    collector.tick();
    const [seen] = collector.board().commands;
    expect([seen?.health, seen?.history.length, seen?.history.at(-1), seen?.history.at(-2)]).toEqual(["away", HISTORY, 0, 1]);
  });

  it("gives a process the name that it gives itself", () => {
    const collector = new Collector();
    collector.take(process("catalogue+search", "away", ["catalogue", "search"]));
    collector.take(process("shelves", "here", ["catalogue", "search"]));
    expect(collector.board().processes.map((one) => one.name)).toEqual(["shelves"]);
  });

  it("is ordered, filtered and put into groups", () => {
    const collector = new Collector();
    for (const one of [shown("home.b", { requestCount: 10 }), shown("Search.find", { isCircuitBreakerOpen: true, breakerState: "open" }), shown("home.a"), shown("home.c", { requestCount: 900, latencyTotal_microseconds: { "50": 1, "90": 1, "99": 9, "99.5": 9 } })]) collector.take(one);
    const { commands } = collector.board();
    const names = (view: Partial<View>) => chosen(commands, { ...ALL, ...view }).map((one) => one.command.name);
    expect(names({})).toEqual(["Search.find", "home.c", "home.b", "home.a"]);
    expect(names({ sort: "traffic" })[0]).toBe("home.c");
    expect(names({ sort: "latency" })[0]).toBe("home.c");
    expect(names({ sort: "name" })).toEqual(["home.a", "home.b", "home.c", "Search.find"]);
    expect(names({ idle: "hidden" })).not.toContain("home.a");
    expect(names({ idle: "hidden", filter: "HOME.A" })).toEqual(["home.a"]);
    expect(names({ unhealthyOnly: "only" })).toEqual(["Search.find"]);
    expect(grouped(chosen(commands, ALL)).map((one) => one.words)).toEqual(["Calls to Search", "Home"]);
  });
});
