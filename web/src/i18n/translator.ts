import { IntlMessageFormat, type FormatXMLElementFn } from "intl-messageformat";

import type { MessageKey } from "./en";
import { DIRECTIONS, type Choice, type Direction, type Language } from "./languages";

export type Value = string | number | boolean | Date | null | undefined;
export type Values = Readonly<Record<string, Value>>;
export type Catalogue = Readonly<Record<string, string>>;
export type DateStyle = "day" | "short-day" | "moment" | "year";

const DATES: Readonly<Record<DateStyle, Intl.DateTimeFormatOptions>> = {
  day: { day: "numeric", month: "long", year: "numeric" },
  "short-day": { day: "numeric", month: "short", year: "numeric" },
  moment: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  year: { year: "numeric" },
};
/** First strong isolate and its end: a name of another direction does not turn the sentence around it. */
const ISOLATE = "\u2068";
const ISOLATE_END = "\u2069";

/** Everything that a page needs to speak one language. It holds no state: another language is another translator. */
export class Translator {
  readonly language: Language;
  readonly locale: string;
  readonly direction: Direction;
  private readonly messages: Catalogue;
  private readonly fallback: Catalogue;
  private readonly compiled = new Map<string, IntlMessageFormat>();

  constructor(choice: Choice, messages: Catalogue, fallback: Catalogue) {
    this.language = choice.language;
    this.locale = choice.locale;
    this.direction = DIRECTIONS[choice.language];
    this.messages = messages;
    this.fallback = fallback;
  }

  /** Say something. Strings put into a right-to-left sentence are isolated. */
  readonly t = (key: MessageKey, values?: Values): string => {
    const text = this.messages[key] ?? this.fallback[key] ?? key;
    if (values === undefined && !/[{<']/.test(text)) return text;
    return String(this.message(text).format<string>(this.isolated(values)));
  };

  /** Say something of a thing that has a name in the catalogue only if it is known; null otherwise. */
  readonly known = (key: string): string | null => this.messages[key] ?? this.fallback[key] ?? null;

  /** Say something with marked parts: values may be of any kind, `<tag>…</tag>` parts go through the function of that name. */
  parts<T>(key: MessageKey, values: Readonly<Record<string, Value | T | FormatXMLElementFn<T>>>): (string | T)[] {
    const said = this.message(this.messages[key] ?? this.fallback[key] ?? key).format<T>({ ...values });
    return Array.isArray(said) ? said : [said];
  }

  readonly number = (value: number, options?: Intl.NumberFormatOptions): string => new Intl.NumberFormat(this.locale, options).format(value);

  readonly date = (iso: string | null, style: DateStyle = "day"): string => {
    const at = new Date(iso ?? Number.NaN);
    return Number.isNaN(at.getTime()) ? "—" : new Intl.DateTimeFormat(this.locale, DATES[style]).format(at);
  };

  /** A release year, in the language's figures and without grouping. */
  readonly year = (year: number): string => this.number(year, { useGrouping: false });

  /** How long something takes, in hours and minutes; seconds below a minute. Null for what nobody knows. */
  readonly duration = (seconds: number | null): string | null => {
    if (seconds === null || !Number.isFinite(seconds)) return null;
    if (seconds < 59.5) return this.unit(Math.max(1, Math.round(seconds)), "second");
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return this.unit(minutes, "minute");
    const parts = [this.unit(Math.floor(minutes / 60), "hour")];
    if (minutes % 60 > 0) parts.push(this.unit(minutes % 60, "minute"));
    return new Intl.ListFormat(this.locale, { type: "unit", style: "narrow" }).format(parts);
  };

  readonly list = (items: readonly string[], type: "unit" | "conjunction" = "unit"): string =>
    new Intl.ListFormat(this.locale, { type, style: type === "unit" ? "short" : "long" }).format(items);

  /** Facts side by side. Figures next to figures keep their order in a right-to-left line. */
  readonly joined = (parts: readonly (string | null)[]): string => {
    const said = parts.filter((part): part is string => part !== null && part !== "");
    return said.map((part) => (this.direction === "rtl" ? ISOLATE + part + ISOLATE_END : part)).join(" · ");
  };

  /** The name of a language in this one. */
  readonly languageName = (tag: string): string => {
    try {
      return new Intl.DisplayNames(this.locale, { type: "language" }).of(tag) ?? tag;
    } catch {
      return tag;
    }
  };

  private unit(value: number, unit: "hour" | "minute" | "second"): string {
    return this.number(value, { style: "unit", unit, unitDisplay: "short" });
  }

  private message(text: string): IntlMessageFormat {
    const known = this.compiled.get(text);
    if (known !== undefined) return known;
    const made = new IntlMessageFormat(text, this.locale);
    this.compiled.set(text, made);
    return made;
  }

  private isolated(values: Values | undefined): Record<string, Value> {
    if (values === undefined || this.direction === "ltr") return { ...values };
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === "string" ? ISOLATE + value + ISOLATE_END : value]));
  }
}
