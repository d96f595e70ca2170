import { IntlMessageFormat } from "intl-messageformat";
import ts from "typescript";
import { describe, expect, it } from "vitest";

import { ar } from "./ar";
import { en } from "./en";
import { chooseLanguage, choiceOf } from "./languages";
import { beginLanguage, currentTranslator, setLanguage, subscribe } from "./store";
import { Translator } from "./translator";

const SOURCES = import.meta.glob<string>("/src/{app,cards,features,player}/**/*.tsx", { query: "?raw", import: "default", eager: true });
const LANGUAGES: Record<"en" | "ar", Record<string, string>> = { en, ar };
/** Where every word comes from the catalogues. */
const SPOKEN = ["app", "cards", "features/home", "features/search", "features/mylist", "features/person", "features/genre", "features/title", "features/history", "features/watch", "player/shell"];
/** Part of these, and of no member page: what only staff or strangers see. */
const OUTSIDE = ["app/CrashPage.tsx", "app/NotFoundPage.tsx", "app/billingSlots.tsx", "app/gates.tsx"];
const READ_ALOUD = new Set(["aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "title", "alt", "placeholder", "label"]);

type Element = { type: unknown; value?: unknown; options?: Record<string, { value: Element[] }>; children?: Element[] };
const LITERAL = 0;
const PLURAL = 6;
const POUND = 7;

function walk(elements: readonly Element[], visit: (element: Element) => void): void {
  for (const element of elements) {
    visit(element);
    walk(element.children ?? [], visit);
    for (const option of Object.values(element.options ?? {})) walk(option.value, visit);
  }
}

function argumentsOf(text: string): string[] {
  const found = new Set<string>();
  walk(new IntlMessageFormat(text, "en").getAst(), (element) => {
    if (element.type !== LITERAL && element.type !== POUND && typeof element.value === "string") found.add(element.value);
  });
  return [...found].sort();
}

function sources(folder: string): string[] {
  return Object.keys(SOURCES).filter((path) => path.startsWith(`/src/${folder}/`) && !OUTSIDE.some((name) => path === `/src/${name}`));
}

const WORDS = /\p{L}{2,}/u;
/** Names of the house and of keys read the same in every language. */
const NAMES = /^(Matinee|Esc|Escape|Enter|Tab|Home|End|Shift|Space|Alt|Ctrl|PageUp|PageDown|HLS|DASH|CMAF|4K|kbit\/s|Mbit\/s)$/;

/** What a source says by itself instead of asking a catalogue: text between tags, and attributes that are read aloud. */
function spokenLiterals(file: string): string[] {
  const found: string[] = [];
  const text = ts.createSourceFile(file, SOURCES[file] ?? "", ts.ScriptTarget.ESNext, true, ts.ScriptKind.TSX);
  const say = (words: string, node: ts.Node) => {
    if (WORDS.test(words) && !NAMES.test(words.trim())) found.push(`${file}:${text.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${words.trim()}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) say(node.text.replace(/&\w+;/g, ""), node);
    if (ts.isJsxAttribute(node) && READ_ALOUD.has(node.name.getText()) && node.initializer !== undefined && ts.isStringLiteral(node.initializer)) say(node.initializer.text, node);
    ts.forEachChild(node, visit);
  };
  visit(text);
  return found;
}

describe.each(["en", "ar"] as const)("the catalogue %s", (language) => {
  const messages = LANGUAGES[language];

  it("says everything, and nothing else", () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(en).sort());
    expect(Object.entries(messages).filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  it("can be read, with the same arguments as in English", () => {
    const expected = Object.fromEntries(Object.entries(en).map(([key, text]) => [key, argumentsOf(text)]));
    expect(Object.fromEntries(Object.entries(messages).map(([key, text]) => [key, argumentsOf(text)]))).toEqual(expected);
  });

  it("counts as the language counts", () => {
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, text] of Object.entries(messages)) {
      walk(new IntlMessageFormat(text, language).getAst(), (element) => {
        if (element.type === PLURAL) expect(Object.keys(element.options ?? {}), key).toEqual(expect.arrayContaining([...wanted]));
      });
    }
  });
});

describe("the member pages", () => {
  it.each(SPOKEN)("%s says nothing but what stands in the catalogues", (folder) => {
    expect(sources(folder).flatMap(spokenLiterals)).toEqual([]);
  });
});

describe("choosing", () => {
  it("takes the first wish that is spoken, with its region", () => {
    expect(chooseLanguage(["de-DE", "ar-EG", "en"])).toEqual({ language: "ar", locale: "ar-EG" });
    expect(chooseLanguage(["de-DE"]).language).toBe("en");
    expect(choiceOf("not a tag")).toBeNull();
  });

  it("turns the page, and remembers", async () => {
    let told = 0;
    const stop = subscribe(() => (told += 1));
    await setLanguage(["ar"]);
    expect([document.documentElement.dir, document.documentElement.lang, currentTranslator().t("nav.home")]).toEqual(["rtl", "ar", "الرئيسية"]);
    expect(told).toBe(1);
    const late = setLanguage(["ar-EG"]);
    await setLanguage(["en"]);
    await late;
    expect([document.documentElement.dir, currentTranslator().t("nav.home")]).toEqual(["ltr", "Home"]);
    stop();
    await setLanguage(["ar"]);
    await beginLanguage();
    expect(currentTranslator().language).toBe("ar");
    await setLanguage(["en"]);
  });
});

describe("a translator", () => {
  const arabic = new Translator({ language: "ar", locale: "ar-EG" }, ar, en);
  const english = new Translator({ language: "en", locale: "en-GB" }, en, en);

  it("counts, and writes figures as the region does", () => {
    expect(english.t("mylist.count", { count: 1 })).toBe("1 title");
    expect(english.t("mylist.count", { count: 3 })).toBe("3 titles");
    expect(arabic.t("mylist.count", { count: 2 })).toBe("عنوانان");
    expect(arabic.t("mylist.count", { count: 3 })).toBe("٣ عناوين");
    expect(arabic.year(2024)).toBe("٢٠٢٤");
  });

  it("isolates names in a sentence of the other direction", () => {
    expect(arabic.t("home.row.because", { name: "Moss (2023)" })).toBe("لأنك شاهدت \u2068Moss (2023)\u2069");
    expect(english.t("home.row.because", { name: "Moss" })).toBe("Because you watched Moss");
  });

  it("keeps figures side by side in the order of the line", () => {
    expect(arabic.joined(["٢٠٢٤", null, "٢٤ د"])).toBe("\u2068٢٠٢٤\u2069 · \u2068٢٤ د\u2069");
    expect(english.joined(["2024", "", "24 min"])).toBe("2024 · 24 min");
  });

  it("tells durations", () => {
    expect(english.duration(null)).toBeNull();
    expect([40, 90, 3540, 5520, 7200].map(english.duration)).toEqual(["40 secs", "2 mins", "59 mins", "1 hr 32 mins", "2 hrs"]);
    expect(english.date("nonsense")).toBe("—");
    expect(english.date("2026-11-21T12:00:00Z", "short-day")).toBe("21 Nov 2026");
  });

  it("gives parts where a sentence has elements in it", () => {
    expect(english.parts<object>("search.meant", { query: "Moss", link: (chunks) => ({ chunks }) })).toEqual(["Did you mean ", { chunks: ["Moss"] }, "?"]);
  });

  it("says the key rather than nothing", () => {
    expect(new Translator({ language: "en", locale: "en" }, {}, {}).t("nav.home")).toBe("nav.home");
    expect(english.known("genre.unheard-of")).toBeNull();
  });
});
