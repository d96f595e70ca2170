import { call, command, query, segment } from "./http";
import { markRenewed, markSignedOut, renewSession, wasSignedIn } from "./refresh";

/** Who is here, how people come in, and how they leave. */

export type AccountRole = "member" | "support" | "editor" | "admin";
export type SessionRole = AccountRole | "stranger" | "operator";

export type AccountView = {
  account_id: string;
  email: string;
  name: string;
  role: AccountRole;
  language: string;
  territory: string;
  time_zone: string;
  verified: boolean;
};

/** What a player does where a part of a film begins that may be skipped. */
export type SkipHabit = "ask" | "always" | "never";

export type ProfileView = {
  profile_id: string;
  name: string;
  avatar: string;
  language: string;
  maturity: number;
  kids: boolean;
  has_pin: boolean;
  autoplay_next: boolean;
  autoplay_previews: boolean;
  skip_intro: SkipHabit;
  skip_recap: SkipHabit;
  skip_credits: SkipHabit;
};

export type SignInMethods = { password: boolean; totp: boolean; passkeys: number; oidc: string[] };

export type SessionView = {
  role: SessionRole;
  account: AccountView | null;
  profile: ProfileView | null;
  profiles: ProfileView[];
  expires_at: string | null;
  methods: SignInMethods;
};

export type NewAccount = { email: string; password: string; name?: string; language?: string; territory?: string; time_zone?: string; plan_id?: string; browser?: string };
export type Credentials = { email: string; password: string; totp?: string; recovery_code?: string; device_name?: string };
export type Proof = { pin: string } | { password: string };
export type OidcProvider = { name: string; label: string };

const SESSION = "/api/v1/session";

export const SIGN_IN_PATH = "/sign-in";

/** Fresh cookies came with the answer. */
async function entered(answer: Promise<SessionView>): Promise<SessionView> {
  const view = await answer;
  if (view.account !== null) markRenewed();
  return view;
}

/** Ask who is here. A stranger in a browser where somebody had signed in may only hold a stale token: renew once and look again. */
export async function getSession(signal?: AbortSignal): Promise<SessionView> {
  const askedAt = Date.now();
  const view = await call<SessionView>(SESSION, { signal });
  if (view.account !== null && !wasSignedIn()) markRenewed();
  if (view.role !== "stranger" || !wasSignedIn()) return view;
  return (await renewSession(askedAt)) ? call<SessionView>(SESSION, { signal }) : view;
}

export function signIn(credentials: Credentials): Promise<SessionView> {
  return entered(call<SessionView>(SESSION, { method: "POST", json: credentials }));
}

export async function signOut(): Promise<void> {
  await command(SESSION, { method: "DELETE" });
  markSignedOut();
}

/** Prove again who one is, which changes of security ask for; good for ten minutes. */
export function confirmSession(proof: { password: string } | { totp: string }): Promise<void> {
  return command(`${SESSION}/confirm`, { method: "POST", json: proof });
}

/** What `navigator.credentials.get` wants to prove again who one is. */
export function confirmPasskeyOptions(): Promise<unknown> {
  return call<unknown>(`${SESSION}/confirm/passkey/options`, { method: "POST", json: {} });
}

export function confirmWithPasskey(credential: unknown): Promise<void> {
  return command(`${SESSION}/confirm/passkey`, { method: "POST", json: { credential } });
}

/** Ask for an account. The answer is the same whether or not the address is known; the mail says which. */
export function join(account: NewAccount): Promise<void> {
  return command("/api/v1/accounts", { method: "POST", json: account });
}

/** What shows that who opens the link is who signed up: this browser's secret, or the password. */
export type JoinProof = { browser?: string; password?: string };

export function verify(token: string, proof: JoinProof): Promise<SessionView> {
  return entered(call<SessionView>("/api/v1/accounts/verification", { method: "POST", json: { token, ...proof } }));
}

export function resendVerification(email: string): Promise<void> {
  return command("/api/v1/accounts/verification/resend", { method: "POST", json: { email } });
}

export function askReset(email: string): Promise<void> {
  return command("/api/v1/password/reset", { method: "POST", json: { email } });
}

export function completeReset(token: string, password: string): Promise<void> {
  return command("/api/v1/password/reset/complete", { method: "POST", json: { token, password } });
}

export function completeEmailChange(token: string): Promise<void> {
  return command("/api/v1/account/email/complete", { method: "POST", json: { token } });
}

/** Choose who is watching. A locked profile wants its PIN; leaving a kids profile wants the PIN of the one left, or the password. */
export function enterProfile(profileId: string, proof?: Proof): Promise<SessionView> {
  return entered(call<SessionView>(`${SESSION}/profile`, { method: "POST", json: { profile_id: profileId, ...proof } }));
}

export function leaveProfile(proof?: Proof): Promise<SessionView> {
  return entered(call<SessionView>(`${SESSION}/profile/leave`, { method: "POST", json: { ...proof } }));
}

export function passkeySignInOptions(): Promise<unknown> {
  return call<unknown>(`${SESSION}/passkey/options`, { method: "POST", json: {} });
}

export function signInWithPasskey(credential: unknown): Promise<SessionView> {
  return entered(call<SessionView>(`${SESSION}/passkey`, { method: "POST", json: { credential } }));
}

export async function listOidc(signal?: AbortSignal): Promise<OidcProvider[]> {
  const { items } = await call<{ items: OidcProvider[] }>(`${SESSION}/oidc`, { signal });
  return items;
}

/** Where a provider's button leads; the service sends the browser on and back to `returnTo`, a path of this site. */
export function oidcStart(provider: string, returnTo: string, purpose: "sign-in" | "link" | "confirm" = "sign-in"): string {
  return `${SESSION}/oidc/${segment(provider)}/start${query({ return_to: returnTo, purpose })}`;
}

/** Link the provider's account that this browser brought along, after signing in another way. */
export function linkProvider(): Promise<void> {
  return command(`${SESSION}/oidc/link`, { method: "POST", json: {} });
}

export function getSetup(signal?: AbortSignal): Promise<{ claimed: boolean }> {
  return call<{ claimed: boolean }>("/api/v1/setup", { signal });
}

export type Claim = { token: string; email: string; password: string; name: string };

export function claim(setup: Claim): Promise<SessionView> {
  return entered(call<SessionView>("/api/v1/setup", { method: "POST", json: setup }));
}

export type DeviceAuthorization = {
  device_code: string;
  user_code: string;
  verification_uri: string;
  verification_uri_complete: string;
  expires_in: number;
  interval: number;
  qr_svg?: string;
};

export function authorizeDevice(deviceName: string): Promise<DeviceAuthorization> {
  return call<DeviceAuthorization>("/api/v1/device/authorization", { method: "POST", json: { client_id: "matinee-web-tv", device_name: deviceName } });
}

/** Ask whether somebody has approved this screen; refused with the codes of RFC 8628 until then. */
export function pollPairing(deviceCode: string): Promise<SessionView> {
  return entered(call<SessionView>(`${SESSION}/pairing`, { method: "POST", json: { device_code: deviceCode } }));
}
