import { useMutation } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { changeCommand, takeBackCommand, type ChangeAnswer, type CommandShown, type CommandValue } from "@/api/operations";
import { ChoiceField, FormProblem, TextField } from "@/ui/Field";
import { Button, Chip, Dialog } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

import { breakerText, HEALTHS, latencyText, rateOf, rateText, type Seen } from "./operationsModel";

const NUMBERS = [
  ["timeout_seconds", "Longest time, seconds"],
  ["max_concurrent", "At once, at most"],
  ["request_volume_threshold", "Calls in ten seconds before the circuit may open"],
  ["error_threshold_percent", "Errors that open it, per cent"],
  ["sleep_window_seconds", "Wait before one call is tried again, seconds"],
] as const;
const FORCES = [
  ["", "Let its health decide"],
  ["open", "Force open: refuse every call"],
  ["closed", "Force closed: let every call through"],
] as const;
const BOUNDS = [
  ["", "The number above, always"],
  ["gradient", "Found from latency (gradient)"],
  ["additive", "Found from latency (additive)"],
] as const;
const WORDS: Record<string, string> = { ...Object.fromEntries(NUMBERS), breaker_force: "The circuit", adaptive: "The bound on calls at once" };

type Draft = Record<(typeof NUMBERS)[number][0] | "breaker_force" | "adaptive", string>;

function draftOf({ settings }: CommandShown): Draft {
  const numbers = Object.fromEntries(NUMBERS.map(([name]) => [name, String(settings[name])])) as Omit<Draft, "breaker_force" | "adaptive">;
  return { ...numbers, breaker_force: settings.breaker_force, adaptive: settings.adaptive };
}

/** What differs from how it stands; numbers that are none go as they are, and the service says what is wrong with them. */
function changesOf(draft: Draft, command: CommandShown): Record<string, CommandValue | null> {
  const before = draftOf(command);
  const changed = Object.entries(draft).filter(([name, value]) => value.trim() !== before[name as keyof Draft]);
  return Object.fromEntries(
    changed.map(([name, value]) => {
      if (name === "breaker_force") return [name, value === "" ? "none" : value];
      const number = Number(value.trim().replace(",", "."));
      return [name, name === "adaptive" ? value : value.trim() === "" || Number.isNaN(number) ? value : number];
    }),
  );
}

function outcome(answer: ChangeAnswer): string {
  const there = answer.processes.filter((one) => one.applied).length;
  const all = answer.processes.length;
  const where = there === all ? (all === 1 ? "It counts already." : `It counts in all ${all} processes already.`) : `It counts in ${there} of ${all} processes; the others get it as soon as they answer.`;
  const kept = answer.survives_restart ? "It is kept over a restart." : "It ends when the gateway restarts.";
  return Object.keys(answer.changed).length === 0 ? where : `${where} ${kept}`;
}

function Facts({ seen: { command, health } }: { seen: Seen }) {
  const times = command.latencyTotal_microseconds;
  const facts: [string, string][] = [
    ["Process", command.process],
    ["Circuit", breakerText(command)],
    ["Traffic", `${rateText(rateOf(command))}, ${command.errorPercentage} % errors`],
    ["At once", `${command.currentConcurrentExecutionCount} of ${command.concurrencyLimit}, ${command.rollingMaxConcurrentExecutionCount} at most lately`],
    ["Latency", `p50 ${latencyText(times["50"])}, p99 ${latencyText(times["99"])}`],
    ["Given up by callers", String(command.rollingCountCancelled)],
  ];
  if (command.fault !== null) facts.push(["On purpose", `${command.fault.kind === "fail" ? "fails" : "is delayed"}${command.fault.seconds > 0 ? ` after ${command.fault.seconds} s` : ""}, ${command.fault.percent} % of calls (${command.rollingCountInjected} lately)`]);
  return (
    <>
      <p>
        <Chip look={HEALTHS[health].look}>{HEALTHS[health].words}</Chip>
      </p>
      <dl className="ops-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** One command with everything that is known of it, and what may be changed in every process at once. */
export function OperationsDrawer({ seen, onClose }: { seen: Seen; onClose: () => void }) {
  const { command } = seen;
  // Fields show how it stands, as it stands; only what somebody has touched stays as it was written.
  const [edits, setEdits] = useState<Partial<Draft>>({});
  const draft = { ...draftOf(command), ...edits };
  const [told, setTold] = useState<string | null>(null);
  const changing = useMutation({
    mutationFn: (change: Record<string, CommandValue | null>) => changeCommand(command.name, change),
    onMutate: () => setTold(null),
    onSuccess: (answer) => {
      setEdits({});
      setTold(outcome(answer));
    },
  });
  const takingBack = useMutation({
    mutationFn: () => takeBackCommand(command.name),
    onMutate: () => setTold(null),
    onSuccess: (answer) => {
      setEdits({});
      setTold(`Everything is as its code and settings say. ${outcome(answer)}`);
    },
  });
  const busy = changing.isPending || takingBack.isPending;
  const change = changesOf(draft, command);
  const set = (name: keyof Draft) => (value: string) => setEdits({ ...edits, [name]: value });
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    changing.mutate(change);
  };
  const error: unknown = changing.error ?? takingBack.error;
  const changed = Object.entries(command.changed);
  return (
    <Dialog title={command.name} onClose={onClose} className="ops-drawer">
      <Facts seen={seen} />
      {changed.length > 0 && <p className="panel-lead">Changed while running: {changed.map(([name, value]) => `${(WORDS[name] ?? name.replaceAll("_", " ")).toLowerCase()} ${value === "" ? "as it was" : String(value)}`).join("; ")}.</p>}
      <form className="ops-form" onSubmit={onSubmit} noValidate>
        {error !== null && <FormProblem title={tell(error).title}>{tell(error).sentence}</FormProblem>}
        <ChoiceField label="The circuit" value={draft.breaker_force} onChange={set("breaker_force")} options={FORCES} />
        {NUMBERS.map(([name, label]) => (
          <TextField key={name} label={label} value={draft[name]} onChange={set(name)} maxLength={12} autoComplete="off" />
        ))}
        <ChoiceField label="The bound on calls at once" value={draft.adaptive} onChange={set("adaptive")} options={BOUNDS} />
        <p className="field-hint">A change counts in every process at once and is written to the log.</p>
        <p role="status" className="ops-told">
          {told}
        </p>
        <div className="dialog-actions">
          <Button onClick={onClose}>Close</Button>
          <Button disabled={busy || changed.length === 0} onClick={() => takingBack.mutate()}>
            Take changes back
          </Button>
          <Button type="submit" look="primary" disabled={busy || Object.keys(change).length === 0}>
            Change everywhere
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
