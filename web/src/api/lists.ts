import type { Thumb } from "./history";
import { call, command, segment } from "./http";
import type { Card } from "./library";

/** All that a profile keeps: its list, its thumbs, and what it goes on with. Changes of one title are in `history.ts`. */

export type ListItem = { card: Card; added_at: string };
export type Thumbs = Readonly<Record<string, Thumb>>;

export async function getMyList(signal?: AbortSignal): Promise<ListItem[]> {
  return (await call<{ items: ListItem[] }>("/api/v1/my-list", { signal })).items;
}

export async function getThumbs(signal?: AbortSignal): Promise<Thumbs> {
  return (await call<{ items: Thumbs }>("/api/v1/thumbs", { signal })).items;
}

/** Take a title off what somebody goes on with; of an episode, the whole series. It sticks until it is played again. */
export function removeContinuing(titleId: string): Promise<void> {
  return command(`/api/v1/continue-watching/${segment(titleId)}`, { method: "DELETE" });
}

export function restoreContinuing(titleId: string): Promise<void> {
  return command(`/api/v1/continue-watching/${segment(titleId)}/restore`, { method: "POST", json: {} });
}
