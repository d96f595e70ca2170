import "@fontsource-variable/anybody/wdth.css";
import "@fontsource-variable/instrument-sans/wght.css";
import "@/ui/tokens.css";
import "@/ui/base.css";
import "@/ui/controls.css";
import "@/ui/form.css";
import "@/ui/poster.css";
import "@/ui/shelf.css";
import "@/app/shell.css";
import "@/app/kids.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App, beginEarly } from "@/app/App";
import { beginLanguage } from "@/i18n";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root element");

function draw(place: HTMLElement): void {
  // What the document itself shows goes in the moment in which the page may turn: it does not jump to the other side.
  place.replaceChildren();
  createRoot(place).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

beginEarly();
// The first picture is in the right words and turned the right way; words that do not come are no reason to show nothing.
beginLanguage().then(
  () => draw(root),
  () => draw(root),
);
