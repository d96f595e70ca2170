/** Short messages about what was just done, with a way back. One list for the whole page. */

export type Toast = { id: number; text: string; undo: (() => void) | null; alarming: boolean };
export type ToastWish = { text: string; undo?: () => void; alarming?: boolean };

/** More than this would hide the page; the oldest goes. */
const MOST = 3;

let toasts: readonly Toast[] = [];
let count = 0;
const listeners = new Set<() => void>();

function publish(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function currentToasts(): readonly Toast[] {
  return toasts;
}

export function subscribeToToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function toast({ text, undo, alarming = false }: ToastWish): void {
  count += 1;
  publish([...toasts, { id: count, text, undo: undo ?? null, alarming }].slice(-MOST));
}

export function dismissToast(id: number): void {
  publish(toasts.filter((one) => one.id !== id));
}

/** Take back what the newest message that can be undone tells of. Returns whether there was one. */
export function undoLast(): boolean {
  const last = toasts.findLast((one) => one.undo !== null);
  if (last === undefined) return false;
  dismissToast(last.id);
  last.undo?.();
  return true;
}
