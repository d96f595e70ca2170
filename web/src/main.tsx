import "@fontsource-variable/anybody/wdth.css";
import "@fontsource-variable/instrument-sans/wght.css";
import "@/ui/tokens.css";
import "@/ui/base.css";
import "@/ui/controls.css";
import "@/ui/form.css";
import "@/ui/poster.css";
import "@/ui/shelf.css";
import "@/app/shell.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "@/app/App";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root element");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
