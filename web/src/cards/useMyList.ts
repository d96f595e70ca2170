import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";

import { dropFromList, giveThumb, keepInList, type Thumb } from "@/api/history";
import type { Card } from "@/api/library";
import { getMyList, getThumbs, type ListItem, type Thumbs } from "@/api/lists";
import { ApiProblem } from "@/api/problem";
import { keys } from "@/api/queries";
import { currentTranslator } from "@/i18n";
import { currentProfile, useSession } from "@/session/useSession";
import { toast } from "@/ui/toasts";

/** What a profile keeps, changed at once on the screen and put back where the service refuses. */

/** Whether there is somebody whose list it would be. */
export function useKeeps(): boolean {
  return currentProfile(useSession().data) !== null;
}

export function useMyListItems() {
  const keeps = useKeeps();
  return useQuery({ queryKey: keys.myList, queryFn: ({ signal }) => getMyList(signal), enabled: keeps, staleTime: 60_000 });
}

/** A list with a title before another, or at the front; titles that were there move. */
export function placed(items: readonly ListItem[], card: Card, before: string | null, addedAt: string): ListItem[] {
  const kept = items.find((item) => item.card.title_id === card.title_id) ?? { card, added_at: addedAt };
  const others = items.filter((item) => item.card.title_id !== card.title_id);
  const at = before === null ? 0 : others.findIndex((item) => item.card.title_id === before);
  const place = at === -1 ? others.length : at;
  return [...others.slice(0, place), kept, ...others.slice(place)];
}

export type Step = { card: Card; before: string | null };

/** What to ask for so that a title comes to an index. The service knows the front and `before`: the end takes two steps. */
export function stepsTo(items: readonly ListItem[], card: Card, index: number): Step[] {
  const others = items.filter((item) => item.card.title_id !== card.title_id).map((item) => item.card);
  const next = others[index];
  const last = others.at(-1);
  if (index <= 0 || last === undefined) return [{ card, before: null }];
  if (next !== undefined) return [{ card, before: next.title_id }];
  return [
    { card, before: last.title_id },
    { card: last, before: card.title_id },
  ];
}

/** Steps that put titles in place; none takes the title off. `old` is the list as it was. */
type Wish = { card: Card; steps: readonly Step[]; old: ListItem[] | undefined };

async function ask({ card, steps }: Wish): Promise<void> {
  if (steps.length === 0) return dropFromList(card.title_id);
  for (const step of steps) await keepInList(step.card.title_id, step.before);
}

function whyNot(error: unknown): string {
  const full = error instanceof ApiProblem && error.status === 409;
  return currentTranslator().t(full ? "list.full" : "list.failed");
}

function currentList(client: QueryClient): ListItem[] | undefined {
  return client.getQueryData<ListItem[]>(keys.myList);
}

/** Show a change before it is answered, at once: the next press of a key counts on it. */
function foresee(client: QueryClient, { card, steps, old }: Wish): void {
  void client.cancelQueries({ queryKey: keys.myList }, { revert: false });
  if (old === undefined) return;
  const now = new Date().toISOString();
  const put = (items: ListItem[], step: Step) => placed(items, step.card, step.before, now);
  client.setQueryData<ListItem[]>(keys.myList, steps.length === 0 ? old.filter((item) => item.card.title_id !== card.title_id) : steps.reduce(put, old));
}

/** Put titles on the list and take them off, each with a way back. */
export function useMyList() {
  const client = useQueryClient();
  const items = useMyListItems();
  const change = useMutation({
    // One after the other: the order that somebody makes is the order that is kept.
    scope: { id: "my-list" },
    mutationFn: ask,
    onError: (error, { old }) => {
      client.setQueryData(keys.myList, old);
      toast({ text: whyNot(error), alarming: true });
    },
    onSettled: (_answer, _error, { card }) => {
      void client.invalidateQueries({ queryKey: keys.mine(card.title_id) });
      // The home page shows the list too, and takes it up with its next visit: rows do not move under somebody's eyes.
      void client.invalidateQueries({ queryKey: keys.home, refetchType: "none" });
      void client.invalidateQueries({ queryKey: keys.myList, refetchType: client.isMutating() > 1 ? "none" : "active" });
    },
  });
  const has = (titleId: string) => items.data?.some((item) => item.card.title_id === titleId) === true;

  /** Answers whether the service did as asked. */
  const wish = (card: Card, steps: readonly Step[]): Promise<boolean> => {
    const asked = { card, steps, old: currentList(client) };
    foresee(client, asked);
    return change.mutateAsync(asked).then(
      () => true,
      () => false,
    );
  };
  const toggle = (card: Card) => {
    const { t } = currentTranslator();
    const list = currentList(client) ?? [];
    const at = list.findIndex((item) => item.card.title_id === card.title_id);
    const put = [{ card, before: null }];
    void wish(card, at === -1 ? put : []);
    const undo = () => void wish(card, at === -1 ? [] : stepsTo(currentList(client) ?? [], card, at));
    toast({ text: t(at === -1 ? "list.added" : "list.removed", { name: card.name }), undo });
  };
  const move = (card: Card, index: number) => wish(card, stepsTo(currentList(client) ?? [], card, index));
  /** The list as it is now, which a page that is still being drawn does not show yet. */
  const now = () => currentList(client) ?? [];
  return { items, has, toggle, move, now };
}

/** What a profile thinks of titles. */
export function useThumbs() {
  const keeps = useKeeps();
  const client = useQueryClient();
  const thumbs = useQuery({ queryKey: keys.thumbs, queryFn: ({ signal }) => getThumbs(signal), enabled: keeps, staleTime: 300_000 });
  const change = useMutation({
    mutationFn: ({ titleId, thumb }: { titleId: string; thumb: Thumb | null }) => giveThumb(titleId, thumb),
    onMutate: async ({ titleId, thumb }) => {
      await client.cancelQueries({ queryKey: keys.thumbs });
      const old = client.getQueryData<Thumbs>(keys.thumbs);
      if (old !== undefined) client.setQueryData<Thumbs>(keys.thumbs, Object.fromEntries([...Object.entries(old).filter(([id]) => id !== titleId), ...(thumb === null ? [] : [[titleId, thumb] as const])]));
      return old;
    },
    onError: (_error, _wish, old) => {
      client.setQueryData(keys.thumbs, old);
      toast({ text: currentTranslator().t("thumb.failed"), alarming: true });
    },
    onSettled: (_answer, _error, { titleId }) => void client.invalidateQueries({ queryKey: keys.mine(titleId) }),
  });
  return { of: (titleId: string): Thumb | null => thumbs.data?.[titleId] ?? null, give: (titleId: string, thumb: Thumb | null) => change.mutate({ titleId, thumb }) };
}
