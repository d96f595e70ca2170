import type { IncomingMessage, ServerResponse } from "node:http";

import { readJson, sendJson, sendNothing, sendProblem } from "./http";
import { people, person, QR, type Person } from "./people";

export type Handler = (request: IncomingMessage, response: ServerResponse, match: RegExpExecArray, url: URL) => Promise<void> | void;
export type Route = [name: string, pattern: RegExp, handler: Handler];
type Live = { person: Person; profileId: string; proven: boolean; stale: boolean };
type Asking = { state: "pending" | "approved" | "denied"; owner: Person | null };

const ALPHABET = "BCDFGHJKLMNPQRSTVWXZ";

function cookie(request: IncomingMessage, name: string): string | null {
  return new RegExp(`(?:^|; )${name}=([^;]+)`).exec(request.headers.cookie ?? "")?.[1] ?? null;
}

function cookies(id: string): Record<string, string | string[]> {
  return { "Set-Cookie": [`matinee_access=${id}; HttpOnly; SameSite=Strict; Path=/`, `matinee_refresh=${id}; HttpOnly; SameSite=Strict; Path=/api/v1/session`] };
}

const NO_COOKIES = { "Set-Cookie": ["matinee_access=; Max-Age=0; Path=/", "matinee_refresh=; Max-Age=0; Path=/api/v1/session"] };

/** A stand-in for identity: who is signed in, profiles, ways to sign in, pairing. */
export class MockIdentity {
  people = people();
  claimed = true;
  providers = [{ name: "example", label: "Example ID" }];
  /** Whether changes of security ask for a fresh proof first. */
  sudo = false;
  /** Mails that went out, newest last: whom to, and the token of the link. */
  mails: { to: string; kind: string; token: string }[] = [];
  refreshes = 0;
  private readonly sessions = new Map<string, Live>();
  private readonly tokens = new Map<string, Person>();
  private readonly browsers = new Map<Person, string>();
  readonly pairings = new Map<string, Asking>();
  private count = 0;

  /** Let every access token run out; refreshing gives new ones. */
  expire(): void {
    for (const live of this.sessions.values()) live.stale = true;
  }

  endAll(): void {
    this.sessions.clear();
  }

  role(request: IncomingMessage): string {
    return this.live(request)?.person.account.role ?? "stranger";
  }

  /** Whether the caller shows a token that counts no more. */
  isStale(request: IncomingMessage): boolean {
    const id = cookie(request, "matinee_access");
    return id !== null && this.live(request) === null;
  }

  /** Who is watching; empty when nobody has said so. */
  profileOf(request: IncomingMessage): string {
    return this.live(request)?.profileId ?? "";
  }

  /** The oldest age that whoever is watching may see. */
  ceilingOf(request: IncomingMessage): number {
    const live = this.live(request);
    return live?.person.profiles.find((one) => one.profile_id === live.profileId)?.maturity ?? 18;
  }

  private live(request: IncomingMessage): Live | null {
    const live = this.sessions.get(cookie(request, "matinee_access") ?? "");
    return live === undefined || live.stale ? null : live;
  }

  private begin(owner: Person): string {
    this.count += 1;
    const id = `session-${this.count}`;
    const [only] = owner.profiles;
    this.sessions.set(id, { person: owner, profileId: owner.profiles.length === 1 && only !== undefined ? only.profile_id : "", proven: false, stale: false });
    return id;
  }

  private view(live: Live | null) {
    if (live === null) return { role: "stranger", account: null, profile: null, profiles: [], expires_at: null, methods: { password: false, totp: false, passkeys: 0, oidc: [] } };
    const { person: owner } = live;
    const shown = owner.profiles.map((one) => ({ ...one, pin: undefined }));
    return {
      role: owner.account.role,
      account: owner.account,
      profile: shown.find((one) => one.profile_id === live.profileId) ?? null,
      profiles: shown,
      expires_at: new Date(Date.now() + 300_000).toISOString(),
      methods: { password: true, totp: owner.totp !== null, passkeys: owner.passkeys.length, oidc: owner.oidc },
    };
  }

  private enter(response: ServerResponse, owner: Person): void {
    const id = this.begin(owner);
    sendJson(response, 200, this.view(this.sessions.get(id) ?? null), cookies(id));
  }

  private find(email: unknown): Person | undefined {
    return this.people.find((one) => one.account.email === String(email).toLowerCase());
  }

  private mail(to: string, kind: string, owner: Person): void {
    const token = `token-${kind}-${this.mails.length + 1}`;
    this.mails.push({ to, kind, token });
    this.tokens.set(token, owner);
  }

  private member(handler: (live: Live, ...rest: Parameters<Handler>) => Promise<void> | void): Handler {
    return (request, response, match, url) => {
      const live = this.live(request);
      if (live === null) return sendProblem(response, 401, this.isStale(request) ? "session-expired" : "unauthenticated", "Sign in first", "Sign in, then try again.");
      return handler(live, request, response, match, url);
    };
  }

  /** A change that wants a fresh proof of identity. */
  private proven(handler: (live: Live, ...rest: Parameters<Handler>) => Promise<void> | void): Handler {
    return this.member((live, request, response, match, url) => {
      if (this.sudo && !live.proven && request.method !== "GET") return sendProblem(response, 403, "confirm-needed", "Prove it once more", "Confirm with your password first.");
      return handler(live, request, response, match, url);
    });
  }

  private readonly session: Handler = async (request, response) => {
    if (request.method === "GET") return sendJson(response, 200, this.view(this.live(request)));
    if (request.method === "DELETE") {
      this.sessions.delete(cookie(request, "matinee_access") ?? "");
      return sendNothing(response, NO_COOKIES);
    }
    const body = await readJson(request);
    const owner = this.find(body.email);
    if (body.email === "slow@example.org") return sendJson(response, 429, { title: "Wait a little", detail: "Too many attempts.", code: "wait", status: 429, retry_after_seconds: 30 });
    if (owner === undefined || owner.password !== body.password) return sendProblem(response, 401, "credentials", "That did not match", "E-mail and password do not belong together. Check both.");
    if (owner.totp !== null && body.totp === undefined && body.recovery_code === undefined) return sendProblem(response, 401, "totp-needed", "One more step", "Enter the code of your authenticator app.");
    if (owner.totp !== null && body.totp !== owner.totp && !owner.recovery.includes(String(body.recovery_code))) return sendProblem(response, 401, "credentials", "That did not match", "The code is not right, or was used already.");
    this.enter(response, owner);
  };

  private readonly refresh: Handler = (request, response) => {
    this.refreshes += 1;
    const id = cookie(request, "matinee_refresh") ?? "";
    const live = this.sessions.get(id);
    if (live === undefined) return sendProblem(response, 401, "session-ended", "Signed out", "This session has ended. Sign in again.");
    live.stale = false;
    sendJson(response, 200, this.view(live), cookies(id));
  };

  private readonly confirm = this.member(async (live, request, response) => {
    const body = await readJson(request);
    if (body.password !== live.person.password) return sendProblem(response, 401, "credentials", "That did not match", "The password is not right.");
    live.proven = true;
    sendNothing(response);
  });

  private readonly chooseProfile = this.member(async (live, request, response, match) => {
    const body = (await readJson(request)) as { profile_id?: string; pin?: string; password?: string };
    const leaving = match[1] === "/leave";
    const wanted = live.person.profiles.find((one) => one.profile_id === (leaving ? live.profileId : body.profile_id));
    const locked = wanted?.pin !== undefined || (leaving && wanted?.kids === true);
    const open = !locked || (body.pin !== undefined && body.pin === wanted.pin) || body.password === live.person.password;
    if (!open) return sendProblem(response, 403, body.pin === undefined && body.password === undefined ? "pin-needed" : "pin-wrong", "That is not the PIN", "Try again, or use the password of the account.");
    live.profileId = leaving ? "" : (wanted?.profile_id ?? "");
    sendJson(response, 200, this.view(live));
  });

  private readonly join: Handler = async (request, response, match) => {
    const body = (await readJson(request)) as { email: string; password?: string; name?: string; token?: string; browser?: string };
    if (match[1] === "/verification") {
      const owner = this.tokens.get(body.token ?? "");
      if (owner === undefined) return sendProblem(response, 410, "link", "That link does not work", "It was used already, or is too old.");
      const here = body.browser !== undefined && body.browser === this.browsers.get(owner);
      if (!here && body.password === undefined) return sendProblem(response, 403, "join-password-needed", "Your password, please", "Type the password that was chosen at sign-up.");
      if (!here && body.password !== owner.password) return sendProblem(response, 401, "credentials", "That did not fit", "That is not the password that was chosen at sign-up.");
      this.tokens.delete(body.token ?? "");
      if (!this.people.includes(owner)) this.people.push(owner);
      return this.enter(response, owner);
    }
    if (match[1] === undefined && body.password === "password1234") return sendProblem(response, 400, "weak-password", "Choose another password", "That password is on the lists of leaked ones.");
    if (match[1] === undefined) {
      const fresh = person(body.email, body.name ?? "", { password: body.password, profiles: [] });
      if (body.browser !== undefined) this.browsers.set(fresh, body.browser);
      this.mail(body.email, "join", fresh);
    }
    sendJson(response, 202, {});
  };

  private readonly reset: Handler = async (request, response, match) => {
    const body = (await readJson(request)) as { email: string; token: string; password: string };
    if (match[1] === undefined) {
      const owner = this.find(body.email);
      if (owner !== undefined) this.mail(body.email, "reset", owner);
      return sendJson(response, 202, {});
    }
    const owner = this.tokens.get(body.token);
    if (owner === undefined) return sendProblem(response, 410, "link", "That link does not work", "It was used already, or is too old.");
    owner.password = body.password;
    this.endAll();
    sendNothing(response);
  };

  private readonly setup: Handler = async (request, response) => {
    if (request.method === "GET") return sendJson(response, 200, { claimed: this.claimed });
    const body = (await readJson(request)) as { token: string; email: string; name: string; password: string };
    if (this.claimed || body.token !== "set-up-code") return sendProblem(response, 403, "claim", "That is not the set-up code", "Copy it again from where the service was started.");
    this.claimed = true;
    const owner = person(body.email, body.name, { role: "admin", password: body.password });
    this.people.push(owner);
    this.enter(response, owner);
  };

  private readonly profiles = this.proven(async (live, request, response, match) => {
    const { profiles } = live.person;
    const found = profiles.find((one) => one.profile_id === match[1]);
    if (request.method === "DELETE") {
      live.person.profiles = profiles.filter((one) => one !== found);
      return sendNothing(response);
    }
    const { pin, ...change } = (await readJson(request)) as { pin?: string | null };
    const lock = pin === undefined ? {} : { has_pin: pin !== null, pin: pin ?? undefined };
    if (found !== undefined) Object.assign(found, change, lock);
    else profiles.push({ profile_id: `p-${profiles.length + 1}-new`, name: "", avatar: "moon", language: "en", maturity: 18, kids: false, has_pin: false, autoplay_next: true, autoplay_previews: true, skip_intro: "ask", skip_recap: "ask", skip_credits: "ask", ...change, ...lock });
    sendJson(response, found === undefined ? 201 : 200, found ?? profiles.at(-1));
  });

  private readonly account = this.proven(async (live, request, response, match) => {
    const body = request.method === "GET" ? {} : await readJson(request);
    const what = match[1];
    if (what === undefined && request.method === "DELETE") {
      if (body.password !== live.person.password) return sendProblem(response, 403, "credentials", "That did not match", "The password is not right.");
      this.people.splice(this.people.indexOf(live.person), 1);
      this.endAll();
      return sendNothing(response, NO_COOKIES);
    }
    if (what === undefined) {
      Object.assign(live.person.account, body);
      return sendJson(response, 200, this.view(live));
    }
    if (what === "email") return sendJson(response, 202, {});
    if (what === "export") return sendJson(response, 200, live.person.account, { "Content-Disposition": 'attachment; filename="matinee-account.json"' });
    if (what === "activity") return sendJson(response, 200, { items: [{ at: new Date().toISOString(), kind: "signed-in", facts: { device: "Chromium on Linux" } }, { at: new Date().toISOString(), kind: "password-changed", facts: {} }] });
    if (body.current_password !== live.person.password) return sendProblem(response, 403, "credentials", "That did not match", "The current password is not right.");
    live.person.password = String(body.new_password);
    sendNothing(response);
  });

  private readonly devices = this.proven(async (live, request, response, match) => {
    const found = live.person.devices.find((one) => one.session_id === match[1]);
    if (request.method === "DELETE") live.person.devices = live.person.devices.filter((one) => match[1] !== undefined && one !== found);
    if (request.method === "PATCH" && found !== undefined) Object.assign(found, await readJson(request));
    if (request.method !== "GET") return sendNothing(response);
    const now = new Date().toISOString();
    const here = { session_id: "d-here", device_name: "", user_agent_name: "Chromium on Linux", created_at: now, last_used_at: now, address_hint: "127.0.0.x", current: true };
    sendJson(response, 200, { items: [here, ...live.person.devices.map((one) => ({ ...one, current: false }))] });
  });

  private readonly totp = this.proven(async (live, request, response, match) => {
    const codes = Array.from({ length: 10 }, (_, index) => `code-${live.person.passkeys.length}${index}-${ALPHABET.slice(index, index + 5)}`);
    if (request.method === "DELETE") {
      live.person.totp = null;
      return sendNothing(response);
    }
    const body = await readJson(request);
    if (match[1] === "totp") return sendJson(response, 200, { secret: "JBSWY3DPEHPK3PXP", otpauth_uri: "otpauth://totp/Matinee", qr_svg: QR });
    if (match[1] === "totp/confirm" && body.code !== "135790") return sendProblem(response, 403, "code-wrong", "That is not the code", "Wait for the next code and try again.");
    live.person.totp ??= "135790";
    live.person.recovery = codes;
    sendJson(response, 200, { recovery_codes: codes });
  });

  private readonly passkeys = this.proven(async (live, request, response, match) => {
    const { person: owner } = live;
    const found = owner.passkeys.find((one) => one.passkey_id === match[1]);
    if (request.method === "GET") return sendJson(response, 200, { items: owner.passkeys.map((one) => ({ ...one, credential: undefined })) });
    if (request.method === "DELETE") {
      owner.passkeys = owner.passkeys.filter((one) => one !== found);
      return sendNothing(response);
    }
    const body = (await readJson(request)) as { name: string; credential?: { id: string } };
    if (match[1] === "options") {
      return sendJson(response, 200, {
        challenge: "Y2hhbGxlbmdl",
        rp: { id: "localhost", name: "Matinee" },
        user: { id: Buffer.from(owner.account.account_id).toString("base64url"), name: owner.account.email, displayName: owner.account.name },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        excludeCredentials: owner.passkeys.map((one) => ({ type: "public-key", id: one.credential })),
        timeout: 60_000,
      });
    }
    if (found !== undefined) Object.assign(found, { name: body.name });
    else owner.passkeys.push({ passkey_id: `k${owner.passkeys.length + 1}`, name: body.name, created_at: new Date().toISOString(), last_used_at: null, credential: body.credential?.id ?? "" });
    sendNothing(response);
  });

  private readonly passkeySignIn: Handler = async (request, response, match) => {
    const body = (await readJson(request)) as { credential?: { id: string } };
    if (match[1] !== undefined) return sendJson(response, 200, { challenge: "Y2hhbGxlbmdl", rpId: "localhost", allowCredentials: [], userVerification: "required", timeout: 60_000 });
    const owner = this.people.find((one) => one.passkeys.some((key) => key.credential === body.credential?.id));
    if (owner === undefined) return sendProblem(response, 401, "credentials", "That passkey is not known here", "Sign in another way.");
    this.enter(response, owner);
  };

  private readonly authorize: Handler = async (request, response) => {
    await readJson(request);
    const code = Array.from({ length: 8 }, (_, index) => ALPHABET[(index * 7 + this.pairings.size) % ALPHABET.length]).join("");
    this.pairings.set(code, { state: "pending", owner: null });
    const shown = `${code.slice(0, 4)}-${code.slice(4)}`;
    const uri = `http://${request.headers.host ?? ""}/pair`;
    sendJson(response, 200, { device_code: code, user_code: shown, verification_uri: uri, verification_uri_complete: `${uri}?code=${shown}`, expires_in: 600, interval: 1, qr_svg: QR });
  };

  private readonly poll: Handler = async (request, response) => {
    const body = (await readJson(request)) as { device_code: string };
    const asking = this.pairings.get(body.device_code);
    if (asking?.owner !== null && asking?.owner !== undefined && asking.state === "approved") return this.enter(response, asking.owner);
    sendProblem(response, 400, asking?.state === "denied" ? "access_denied" : "authorization_pending", "Not paired", "Nobody has entered the code yet; ask again later.");
  };

  private readonly pairing = this.proven(async (live, request, response, _match, url) => {
    const body = request.method === "POST" ? ((await readJson(request)) as { user_code: string; approve: boolean }) : null;
    const code = (body?.user_code ?? url.searchParams.get("code") ?? "").replaceAll("-", "");
    const asking = this.pairings.get(code);
    if (asking === undefined) return sendProblem(response, 404, "pairing-not-found", "No screen shows that code", "Check it on the television. A code lasts ten minutes.");
    if (body === null) return sendJson(response, 200, { user_code: `${code.slice(0, 4)}-${code.slice(4)}`, device_name: "Television", client_id: "matinee-tv", address_hint: "127.0.0.x", expires_at: new Date(Date.now() + 600_000).toISOString() });
    Object.assign(asking, { state: body.approve ? "approved" : "denied", owner: live.person });
    sendNothing(response);
  });

  readonly routes: Route[] = [
    ["member-session", /^\/api\/v1\/session$/, this.session],
    ["refresh", /^\/api\/v1\/session\/refresh$/, this.refresh],
    ["confirm", /^\/api\/v1\/session\/confirm$/, this.confirm],
    ["profile", /^\/api\/v1\/session\/profile(\/leave)?$/, this.chooseProfile],
    ["passkey-sign-in", /^\/api\/v1\/session\/passkey(\/options)?$/, this.passkeySignIn],
    ["oidc", /^\/api\/v1\/session\/oidc$/, (_request, response) => sendJson(response, 200, { items: this.providers })],
    ["pairing-poll", /^\/api\/v1\/session\/pairing$/, this.poll],
    ["authorize", /^\/api\/v1\/device\/authorization$/, this.authorize],
    ["join", /^\/api\/v1\/accounts(\/verification(?:\/resend)?)?$/, this.join],
    ["reset", /^\/api\/v1\/password\/reset(\/complete)?$/, this.reset],
    ["setup", /^\/api\/v1\/setup$/, this.setup],
    ["profiles", /^\/api\/v1\/profiles(?:\/([^/]+))?$/, this.profiles],
    ["devices", /^\/api\/v1\/account\/sessions(?:\/([^/]+))?$/, this.devices],
    ["totp", /^\/api\/v1\/account\/(totp(?:\/confirm)?|recovery-codes)$/, this.totp],
    ["passkeys", /^\/api\/v1\/account\/passkeys(?:\/([^/]+))?$/, this.passkeys],
    ["pairing", /^\/api\/v1\/account\/pairing$/, this.pairing],
    ["account", /^\/api\/v1\/account(?:\/(email|password|export|activity))?$/, this.account],
  ];
}
