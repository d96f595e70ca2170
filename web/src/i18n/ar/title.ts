import type { title as english } from "@/i18n/en/title";

export const title: Record<keyof typeof english, string> = {
  "title.episodes": "الحلقات",
};
