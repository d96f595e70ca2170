import type { history as english } from "@/i18n/en/history";

export const history: Record<keyof typeof english, string> = {
  "history.title": "السجل",
};
