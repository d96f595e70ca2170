import "@fontsource-variable/readex-pro/wght.css";

import type { MessageKey } from "@/i18n/en";
import { common } from "./common";
import { history } from "./history";
import { home } from "./home";
import { mylist } from "./mylist";
import { search } from "./search";
import { title } from "./title";
import { watch } from "./watch";

/** The member pages in Arabic, with the letters for it. */
export const ar: Record<MessageKey, string> = { ...common, ...home, ...search, ...mylist, ...title, ...watch, ...history };
