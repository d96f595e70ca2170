import { describe, expect, it } from "vitest";

import { ApiProblem } from "@/api/problem";
import type { SessionView } from "@/api/session";

import { passwordTrouble, strengthOf } from "./passwords";
import { mayEdit, membershipOf } from "./useSession";
import { creationOptions, fromBase64url, requestOptions, toBase64url } from "./webauthn";

describe("strengthOf", () => {
  it("asks for length first", () => expect(strengthOf("aB3$xyz")).toMatchObject({ level: 0, advice: "At least 8 characters." }));

  it("sees through what is guessed first", () => {
    expect(strengthOf("password1").level).toBeLessThan(2);
    expect(strengthOf("qwertyuiop12").level).toBeLessThan(2);
    expect(strengthOf("aaaaaaaaaaaaaaaa").level).toBeLessThan(2);
    expect(strengthOf("ada.lovelace9", ["ada.lovelace@example.org"])).toMatchObject({ level: 2, advice: "It contains a word that is guessed first." });
  });

  it("likes sentences", () => expect(strengthOf("an usher with nine lanterns")).toEqual({ level: 4, word: "Strong", advice: null }));
});

describe("passwordTrouble", () => {
  it("gives the service's reasons, and leaves other refusals alone", () => {
    const weak = new ApiProblem("refused", 422, { code: "weak-password", detail: "Choose another.", reasons: ["It was leaked."] });
    expect(passwordTrouble(weak)).toBe("Choose another. It was leaked.");
    expect(passwordTrouble(new ApiProblem("refused", 401, { code: "credentials", detail: "No." }))).toBeNull();
    expect(passwordTrouble(null)).toBeNull();
  });
});

describe("membership", () => {
  const view = (role: SessionView["role"], account: boolean): SessionView => ({
    role,
    account: account ? { account_id: "a", email: "a@b.c", name: "", role: "member", language: "en", territory: "", time_zone: "", verified: true } : null,
    profile: null,
    profiles: [],
    expires_at: null,
    methods: { password: true, totp: false, passkeys: 0, oidc: [] },
  });

  it("tells apart who is here", () => {
    expect(membershipOf(undefined)).toBe("unknown");
    expect(membershipOf(view("stranger", false))).toBe("stranger");
    expect(membershipOf(view("operator", false))).toBe("operator");
    expect(membershipOf(view("editor", true))).toBe("member");
  });

  it("lets editors, administrators and the operator into the studio, and nobody else", () => {
    expect((["editor", "admin", "operator"] as const).map((role) => mayEdit(view(role, true)))).toEqual([true, true, true]);
    expect((["stranger", "member", "support"] as const).map((role) => mayEdit(view(role, true)))).toEqual([false, false, false]);
  });
});

describe("webauthn", () => {
  it("goes to buffers and back", () => {
    for (const text of ["", "AA", "AAE", "_-8", "Y2hhbGxlbmdl"]) expect(toBase64url(fromBase64url(text))).toBe(text);
  });

  it("reads options bare or below publicKey", () => {
    const wire = { challenge: "AAE", user: { id: "AA", name: "a", displayName: "a" }, rp: { name: "m" }, pubKeyCredParams: [], excludeCredentials: [{ type: "public-key", id: "AAE" }] };
    for (const options of [wire, { publicKey: wire }]) {
      const read = creationOptions(options);
      expect(new Uint8Array(read.challenge as ArrayBuffer)).toEqual(new Uint8Array([0, 1]));
      expect(new Uint8Array(read.excludeCredentials?.[0]?.id as ArrayBuffer)).toEqual(new Uint8Array([0, 1]));
    }
    expect(requestOptions({ challenge: "AA" }).allowCredentials).toEqual([]);
    expect(() => requestOptions(null)).toThrow("no options");
  });
});
