import { Fragment, type ReactNode } from "react";
import { useSyncExternalStore } from "react";

import type { MessageKey } from "./en";
import { currentTranslator, subscribe } from "./store";

type Part = ReactNode | ((chunks: (string | ReactNode)[]) => ReactNode);

/** A sentence with elements in it: `<Rich id="search.meant" values={{ words: <bdi>…</bdi>, link: (chunks) => <a>{chunks}</a> }} />`. */
export function Rich({ id, values }: { id: MessageKey; values: Readonly<Record<string, Part>> }) {
  const translator = useSyncExternalStore(subscribe, currentTranslator);
  const parts = translator.parts<ReactNode>(id, values as Record<string, ReactNode>);
  return parts.map((part, index) => <Fragment key={index}>{part}</Fragment>);
}
