import { common } from "./common";
import { history } from "./history";
import { home } from "./home";
import { mylist } from "./mylist";
import { search } from "./search";
import { title } from "./title";
import { watch } from "./watch";

/** Everything that the member pages say, in English; ICU MessageFormat. Keys begin with the part of the site they belong to. */
export const en = { ...common, ...home, ...search, ...mylist, ...title, ...watch, ...history } as const;

export type MessageKey = keyof typeof en;
