import { describe, expect, it } from "vitest";

import type { ProfileView } from "@/api/session";
import { AVATARS } from "@/ui/Avatar";
import { digitsOf } from "@/ui/PinField";

import { changeOf, draftOf, freshDraft, maturitiesFor, withKids } from "./model";

const ada: ProfileView = { profile_id: "p", name: "Ada", avatar: "fox", language: "en", maturity: 18, kids: false, has_pin: true, autoplay_next: true, autoplay_previews: false, skip_intro: "always", skip_recap: "ask", skip_credits: "never" };

describe("a profile's form", () => {
  it("sends only what differs", () => {
    expect(changeOf(draftOf(ada), ada)).toEqual({});
    expect(changeOf({ ...draftOf(ada), name: " Ada L. ", autoplayPreviews: true }, ada)).toEqual({ name: "Ada L.", autoplay_previews: true });
    expect(changeOf({ ...draftOf(ada), pin: { kind: "remove" } }, ada)).toEqual({ pin: null });
    expect(changeOf({ ...draftOf(ada), pin: { kind: "set", digits: "4711" } }, ada)).toEqual({ pin: "4711" });
  });

  it("sends everything for a new one, with a picture that nobody has", () => {
    const draft = freshDraft([ada], "de");
    expect(draft.avatar).toBe(AVATARS[1]);
    expect(changeOf({ ...draft, name: "Ben" }, null)).toEqual({ name: "Ben", avatar: AVATARS[1], language: "de", maturity: 18, kids: false, autoplay_next: true, autoplay_previews: true, skip_intro: "ask", skip_recap: "ask", skip_credits: "ask" });
  });

  it("sends one habit of skipping by itself", () => {
    const draft = draftOf(ada);
    expect(draft.skip).toEqual({ intro: "always", recap: "ask", credits: "never" });
    expect(changeOf({ ...draft, skip: { ...draft.skip, recap: "always" } }, ada)).toEqual({ skip_recap: "always" });
  });

  it("lowers the limit of a child's profile, and offers only low ones", () => {
    const child = withKids(draftOf(ada), true);
    expect(child.maturity).toBe(7);
    expect(maturitiesFor(child).map(([value]) => value)).toEqual(["0", "6", "7", "12"]);
  });

  it("takes the digits of what was pasted", () => expect(digitsOf(" 47-11 ab 22 33 44 ")).toBe("47112233"));
});
