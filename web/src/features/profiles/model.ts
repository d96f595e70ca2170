import type { ProfileChange } from "@/api/account";
import type { ProfileView, SkipHabit } from "@/api/session";
import { AVATARS } from "@/ui/Avatar";

export const MOST_PROFILES = 5;

/** The age limits that ratings know, with what they mean. */
export const MATURITIES: readonly (readonly [value: string, label: string])[] = [
  ["0", "For everybody"],
  ["6", "6 and up"],
  ["7", "7 and up"],
  ["12", "12 and up"],
  ["13", "13 and up"],
  ["16", "16 and up"],
  ["18", "Everything (18)"],
];

export const KIDS_MATURITY = 7;

export const LANGUAGES: readonly (readonly [value: string, label: string])[] = [
  ["en", "English"],
  ["de", "Deutsch"],
  ["fr", "Français"],
  ["es", "Español"],
  ["it", "Italiano"],
  ["pt", "Português"],
  ["nl", "Nederlands"],
  ["pl", "Polski"],
  ["sv", "Svenska"],
  ["tr", "Türkçe"],
  ["uk", "Українська"],
  ["ja", "日本語"],
  ["ar", "العربية"],
];

export type SkippedPart = "intro" | "recap" | "credits";

export type Draft = { name: string; avatar: string; language: string; maturity: number; kids: boolean; autoplayNext: boolean; autoplayPreviews: boolean; skip: Record<SkippedPart, SkipHabit>; pin: { kind: "keep" } | { kind: "set"; digits: string } | { kind: "remove" } };

export function draftOf(profile: ProfileView): Draft {
  return { name: profile.name, avatar: profile.avatar, language: profile.language, maturity: profile.maturity, kids: profile.kids, autoplayNext: profile.autoplay_next, autoplayPreviews: profile.autoplay_previews, skip: { intro: profile.skip_intro, recap: profile.skip_recap, credits: profile.skip_credits }, pin: { kind: "keep" } };
}

/** A new profile gets the first figure that nobody in the household has. */
export function freshDraft(others: readonly ProfileView[], language: string): Draft {
  const avatar = AVATARS.find((name) => others.every((other) => other.avatar !== name)) ?? AVATARS[0] ?? "reel";
  return { name: "", avatar, language, maturity: 18, kids: false, autoplayNext: true, autoplayPreviews: true, skip: { intro: "ask", recap: "ask", credits: "ask" }, pin: { kind: "keep" } };
}

/** Children's profiles never see beyond their limit, whatever was set before. */
export function withKids(draft: Draft, kids: boolean): Draft {
  return { ...draft, kids, maturity: kids ? Math.min(draft.maturity, KIDS_MATURITY) : draft.maturity };
}

/** The limits to choose from: a children's profile has the lower ones. */
export function maturitiesFor(draft: Draft): readonly (readonly [string, string])[] {
  const open = draft.kids ? MATURITIES.filter(([value]) => Number(value) <= 12) : MATURITIES;
  const known = open.some(([value]) => Number(value) === draft.maturity);
  return known ? open : [...open, [String(draft.maturity), `${draft.maturity} and up`]];
}

export function languagesFor(language: string): readonly (readonly [string, string])[] {
  return LANGUAGES.some(([value]) => value === language) ? LANGUAGES : [...LANGUAGES, [language, language]];
}

/** What the service is to be told; only what differs from `before`, where there is a before. */
export function changeOf(draft: Draft, before: ProfileView | null): ProfileChange {
  const all: ProfileChange = { name: draft.name.trim(), avatar: draft.avatar, language: draft.language, maturity: draft.maturity, kids: draft.kids, autoplay_next: draft.autoplayNext, autoplay_previews: draft.autoplayPreviews, skip_intro: draft.skip.intro, skip_recap: draft.skip.recap, skip_credits: draft.skip.credits };
  const differing = Object.entries(all).filter(([key, value]) => before?.[key as keyof ProfileView] !== value);
  const pin = draft.pin.kind === "set" ? { pin: draft.pin.digits } : draft.pin.kind === "remove" ? { pin: null } : {};
  return { ...(Object.fromEntries(differing) as ProfileChange), ...pin };
}
