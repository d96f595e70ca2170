import { expect, it } from "vitest";

import type { PersonPage } from "@/api/library";

import { partsOf } from "./model";

it("sorts what somebody did by how much of it there is, each title once with all characters", () => {
  const credit = (role: string, title_id: string, character = "") => ({ role, character, title: { title_id } });
  const person = { person_id: "p", name: "Ada", items: [credit("writer", "a"), credit("actor", "a", "Twin"), credit("actor", "a", "Other twin"), credit("actor", "b")] } as unknown as PersonPage;
  expect(partsOf(person).map(([role, credits]) => [role, credits.map((one) => [one.title.title_id, one.character])])).toEqual([
    ["actor", [["a", "Twin / Other twin"], ["b", ""]]],
    ["writer", [["a", ""]]],
  ]);
});
