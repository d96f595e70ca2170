import type { CreditRole, PersonPage } from "@/api/library";

export type Part = readonly [role: CreditRole, credits: PersonPage["items"]];

/** What somebody did, most titles first; each title once in a part, with all the characters of it. */
export function partsOf(person: PersonPage): Part[] {
  const parts = new Map<CreditRole, Map<string, PersonPage["items"][number]>>();
  for (const credit of person.items) {
    const part = parts.get(credit.role) ?? new Map<string, PersonPage["items"][number]>();
    const known = part.get(credit.title.title_id);
    const character = [known?.character ?? "", credit.character].filter((name) => name !== "").join(" / ");
    part.set(credit.title.title_id, { ...credit, character });
    parts.set(credit.role, part);
  }
  const listed = [...parts.entries()].map(([role, credits]): Part => [role, [...credits.values()]]);
  return listed.sort(([, a], [, b]) => b.length - a.length);
}
