/** Households for tests. */

export type Profile = { profile_id: string; name: string; avatar: string; language: string; maturity: number; kids: boolean; has_pin: boolean; autoplay_next: boolean; autoplay_previews: boolean; skip_intro: string; skip_recap: string; skip_credits: string; pin?: string };
export type Passkey = { passkey_id: string; name: string; created_at: string; last_used_at: string | null; credential: string };
export type Device = { session_id: string; device_name: string; user_agent_name: string; created_at: string; last_used_at: string; address_hint: string };

export type Person = {
  account: { account_id: string; email: string; name: string; role: string; language: string; territory: string; time_zone: string; verified: boolean };
  password: string;
  totp: string | null;
  recovery: string[];
  profiles: Profile[];
  passkeys: Passkey[];
  devices: Device[];
  oidc: string[];
};

export const PASSWORD = "an usher with nine lanterns";
export const MEMBER = "ada@example.org";
export const ADMIN = "boss@example.org";
export const CAREFUL = "tess@example.org";
export const TOTP = "246810";
export const RECOVERY = "plum-seven-orchid";

function ago(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

export function profile(id: string, name: string, avatar: string, over: Partial<Profile> = {}): Profile {
  return { profile_id: id, name, avatar, language: "en", maturity: 18, kids: false, has_pin: over.pin !== undefined, autoplay_next: true, autoplay_previews: true, skip_intro: "ask", skip_recap: "ask", skip_credits: "ask", ...over };
}

export function person(email: string, name: string, over: Partial<Person> & { role?: string } = {}): Person {
  const { role, ...rest } = over;
  return {
    account: { account_id: `a-${email}`, email, name, role: role ?? "member", language: "en", territory: "DE", time_zone: "Europe/Berlin", verified: true },
    password: PASSWORD,
    totp: null,
    recovery: [],
    profiles: [profile(`p-${email}`, name, "moon")],
    passkeys: [],
    devices: [],
    oidc: [],
    ...rest,
  };
}

export function people(): Person[] {
  return [
    person(MEMBER, "Ada", {
      profiles: [profile("p-ada", "Ada", "owl"), profile("p-ben", "Ben", "fox", { pin: "4711" }), profile("p-mia", "Mia", "whale", { kids: true, maturity: 6 })],
      devices: [
        { session_id: "d-tv", device_name: "Living room", user_agent_name: "Television", created_at: ago(40), last_used_at: ago(0.2), address_hint: "203.0.113.x" },
        { session_id: "d-phone", device_name: "", user_agent_name: "Firefox on Android", created_at: ago(12), last_used_at: ago(3), address_hint: "198.51.100.x" },
      ],
    }),
    person(ADMIN, "Grace", { role: "admin" }),
    person(CAREFUL, "Tess", { totp: TOTP, recovery: [RECOVERY] }),
  ];
}

/** A QR code is a picture to the client; any will do. */
export const QR = '<svg width="29" height="29" viewBox="0 0 29 29"><path fill="#fff" d="M0 0h29v29H0z"/><path stroke="#000" d="M4 4.5h7m2 0h3m2 0h7M4 5.5h1m5 0h1m3 0h2m3 0h1m5 0h1M4 6.5h1m1 0h3m1 0h1m2 0h1m2 0h1m1 0h1m1 0h3m1 0h1M4 10.5h7m1 0h1m1 0h1m3 0h7M8 13.5h3m2 0h5m2 0h2M4 18.5h7m2 0h4m2 0h3M4 24.5h7m3 0h1m2 0h6"/></svg>';
