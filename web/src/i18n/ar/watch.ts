import type { watch as english } from "@/i18n/en/watch";

export const watch: Record<keyof typeof english, string> = {
  "watch.pause": "إيقاف مؤقت",
};
