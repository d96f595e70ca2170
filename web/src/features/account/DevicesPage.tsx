import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";

import { endDevice, endOtherDevices, listDevices, renameDevice, type Device } from "@/api/account";
import { keys } from "@/api/queries";
import { useConfirmed } from "@/session/confirmContext";
import { TextField } from "@/ui/Field";
import { usePageTitle } from "@/ui/page";
import { Button, Chip, Dialog, LinkButton, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { agoText, dateText } from "./model";

function useRefresh(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keys.devices });
}

function nameOf(device: Device): string {
  return device.device_name === "" ? device.user_agent_name : device.device_name;
}

function Rename({ device, onClose }: { device: Device; onClose: () => void }) {
  const refresh = useRefresh();
  const [name, setName] = useState(nameOf(device));
  const save = useMutation({
    mutationFn: () => renameDevice(device.session_id, name.trim()),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog title="Name this device" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <TextField label="Name" value={name} onChange={setName} autoComplete="off" maxLength={60} error={save.isError ? tell(save.error).sentence : null} required autoFocus />
        <div className="dialog-actions">
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" type="submit" disabled={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Line({ device, nowMs }: { device: Device; nowMs: number }) {
  const refresh = useRefresh();
  const [renaming, setRenaming] = useState(false);
  const end = useMutation({ mutationFn: () => endDevice(device.session_id), onSuccess: refresh });
  const facts = [device.device_name === "" ? null : device.user_agent_name, device.address_hint, `since ${dateText(device.created_at)}`].filter((part) => part !== null && part !== "");
  return (
    <li data-testid="device">
      <div className="line-words">
        <strong>{nameOf(device)}</strong>
        <span>
          {device.current ? "Used now" : `Last used ${agoText(device.last_used_at, nowMs)}`} · {facts.join(" · ")}
        </span>
        {end.isError && <p className="field-error">{tell(end.error).sentence}</p>}
      </div>
      <div className="line-actions">
        {device.current && <Chip look="good">This device</Chip>}
        <Button small look="quiet" onClick={() => setRenaming(true)}>
          Rename<span className="visually-hidden"> {nameOf(device)}</span>
        </Button>
        {!device.current && (
          <Button small look="danger" disabled={end.isPending} onClick={() => end.mutate()}>
            Sign out<span className="visually-hidden"> {nameOf(device)}</span>
          </Button>
        )}
      </div>
      {renaming && <Rename device={device} onClose={() => setRenaming(false)} />}
    </li>
  );
}

function EndOthers({ count }: { count: number }) {
  const refresh = useRefresh();
  const confirmed = useConfirmed();
  const [asking, setAsking] = useState(false);
  const end = useMutation({ mutationFn: () => confirmed(endOtherDevices), onSuccess: refresh, onSettled: () => setAsking(false) });
  return (
    <div>
      <Button look="danger" small onClick={() => setAsking(true)}>
        Sign out all others
      </Button>
      <div role="alert">{end.isError && <p className="field-error">{tell(end.error).sentence}</p>}</div>
      {asking && (
        <Dialog title="Sign out everywhere else?" onClose={() => setAsking(false)}>
          <p>{count === 1 ? "One other device stops" : `${count} other devices stop`} within seconds. This one stays signed in.</p>
          <div className="dialog-actions">
            <Button look="quiet" onClick={() => setAsking(false)}>
              Leave them
            </Button>
            <Button look="danger" disabled={end.isPending} onClick={() => end.mutate()}>
              Sign them out
            </Button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

/** Every place where this account is signed in, and how to end each. */
export function DevicesPage() {
  usePageTitle("Devices");
  const devices = useQuery({ queryKey: keys.devices, queryFn: ({ signal }) => listDevices(signal), staleTime: 0 });
  const items = devices.data?.items ?? [];
  const others = items.filter((device) => !device.current).length;
  return (
    <>
      <h1 tabIndex={-1}>Devices</h1>
      <p className="panel-lead">Where this account is signed in. A device that you do not know is best signed out, and the password changed.</p>
      {devices.isError && <ProblemNotice error={devices.error} onRetry={() => void devices.refetch()} />}
      <section className="panel" aria-label="Signed in">
        {devices.isPending && <Skeleton className="line-skeleton" />}
        <ul className="lines">
          {items.map((device) => (
            <Line key={device.session_id} device={device} nowMs={devices.dataUpdatedAt} />
          ))}
        </ul>
        {others > 0 && <EndOthers count={others} />}
      </section>
      <div>
        <LinkButton to="/pair" look="quiet" icon="screen">
          Connect a television
        </LinkButton>
      </div>
    </>
  );
}
