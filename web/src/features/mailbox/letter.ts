/** Making a mail's HTML fit to be shown inside a page that allows neither scripts nor styles of others. */

export type Letter = { html: string; sheets: string[] };

const UNWANTED = "script, iframe, object, embed, base, form, link, meta[http-equiv]";

function isUsable(address: string): boolean {
  return /^(https?:|mailto:|\/(?![/\\]))/i.test(address.trim());
}

/**
 * Give what the page's policy refuses another name before anything is parsed: browsers report a refusal even where
 * nothing would come of it. Styles become data, which is applied later; what would run becomes data that nothing reads.
 */
function renamed(source: string): string {
  return source
    .replaceAll(/<(\/?)style\b/gi, "<$1template")
    .replaceAll(/([\s/"'])(style|on[a-z]+)(\s*=)/gi, "$1data-$2$3");
}

/** Take out what could act; keep the words, the links and the looks. */
export function readLetter(source: string): Letter {
  const letter = new DOMParser().parseFromString(renamed(source), "text/html");
  const templates = Array.from(letter.querySelectorAll("template"));
  const sheets = templates.map((template) => template.content.textContent);
  for (const element of [...templates, ...letter.querySelectorAll(UNWANTED)]) element.remove();
  for (const element of letter.querySelectorAll("*")) {
    for (const { name } of Array.from(element.attributes)) if (/^(data-)?on/.test(name)) element.removeAttribute(name);
  }
  for (const link of letter.querySelectorAll("a[href]")) {
    if (!isUsable(link.getAttribute("href") ?? "")) link.removeAttribute("href");
    link.setAttribute("target", "_blank");
    link.setAttribute("rel", "noreferrer");
  }
  return { html: `<!doctype html>${letter.documentElement.outerHTML}`, sheets };
}

/** Give a loaded letter its own looks back, which the page's policy leaves to scripts. */
export function dressLetter(frame: HTMLIFrameElement, sheets: readonly string[]): void {
  const { contentDocument: inside, contentWindow: view } = frame;
  if (inside === null || view === null) return;
  for (const element of inside.querySelectorAll<HTMLElement>("[data-style]")) element.style.cssText = element.dataset.style ?? "";
  const { CSSStyleSheet: Sheet } = view as Window & typeof globalThis;
  inside.adoptedStyleSheets = sheets.map((text) => {
    const sheet = new Sheet();
    sheet.replaceSync(text);
    return sheet;
  });
  // A document is never lower than its frame: measure it in a low one.
  frame.style.height = "1px";
  frame.style.height = `${Math.min(Math.max(inside.documentElement.scrollHeight, 160), 2400) + 4}px`;
}
