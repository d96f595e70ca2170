import { call, command, query, segment } from "./http";
import type { ProfileView, SessionView, SkipHabit } from "./session";

/** What belongs to one account: devices, ways to sign in, profiles, data. */

const ACCOUNT = "/api/v1/account";
const PROFILES = "/api/v1/profiles";

export type Items<T> = { items: T[] };

export type AccountChange = { name?: string; language?: string; territory?: string; time_zone?: string };

export function changeAccount(change: AccountChange): Promise<SessionView> {
  return call<SessionView>(ACCOUNT, { method: "PATCH", json: change });
}

export function changePassword(newPassword: string, currentPassword?: string): Promise<void> {
  return command(`${ACCOUNT}/password`, { method: "POST", json: { new_password: newPassword, ...(currentPassword === undefined ? {} : { current_password: currentPassword }) } });
}

/** Ask for another address: mail goes to both, and the change counts when the new one confirms. */
export function changeEmail(email: string): Promise<void> {
  return command(`${ACCOUNT}/email`, { method: "POST", json: { email } });
}

export type Device = {
  session_id: string;
  device_name: string;
  user_agent_name: string;
  created_at: string;
  last_used_at: string;
  address_hint: string;
  current: boolean;
};

export function listDevices(signal?: AbortSignal): Promise<Items<Device>> {
  return call<Items<Device>>(`${ACCOUNT}/sessions`, { signal });
}

export function renameDevice(id: string, deviceName: string): Promise<void> {
  return command(`${ACCOUNT}/sessions/${segment(id)}`, { method: "PATCH", json: { device_name: deviceName } });
}

export function endDevice(id: string): Promise<void> {
  return command(`${ACCOUNT}/sessions/${segment(id)}`, { method: "DELETE" });
}

export function endOtherDevices(): Promise<void> {
  return command(`${ACCOUNT}/sessions`, { method: "DELETE" });
}

export type TotpSecret = { secret: string; otpauth_uri: string; qr_svg: string };
export type RecoveryCodes = { recovery_codes: string[] };

export function startTotp(): Promise<TotpSecret> {
  return call<TotpSecret>(`${ACCOUNT}/totp`, { method: "POST", json: {} });
}

export function confirmTotp(code: string): Promise<RecoveryCodes> {
  return call<RecoveryCodes>(`${ACCOUNT}/totp/confirm`, { method: "POST", json: { code } });
}

export function removeTotp(): Promise<void> {
  return command(`${ACCOUNT}/totp`, { method: "DELETE" });
}

export function newRecoveryCodes(): Promise<RecoveryCodes> {
  return call<RecoveryCodes>(`${ACCOUNT}/recovery-codes`, { method: "POST", json: {} });
}

export type Passkey = { passkey_id: string; name: string; backed_up: boolean; created_at: string; last_used_at: string | null };

export function listPasskeys(signal?: AbortSignal): Promise<Items<Passkey>> {
  return call<Items<Passkey>>(`${ACCOUNT}/passkeys`, { signal });
}

export function passkeyOptions(): Promise<unknown> {
  return call<unknown>(`${ACCOUNT}/passkeys/options`, { method: "POST", json: {} });
}

export function addPasskey(name: string, credential: unknown): Promise<void> {
  return command(`${ACCOUNT}/passkeys`, { method: "POST", json: { name, credential } });
}

export function renamePasskey(id: string, name: string): Promise<void> {
  return command(`${ACCOUNT}/passkeys/${segment(id)}`, { method: "PATCH", json: { name } });
}

export function removePasskey(id: string): Promise<void> {
  return command(`${ACCOUNT}/passkeys/${segment(id)}`, { method: "DELETE" });
}

export function unlinkOidc(provider: string): Promise<void> {
  return command(`${ACCOUNT}/oidc/${segment(provider)}`, { method: "DELETE" });
}

export type Activity = { at: string; kind: string; facts: Record<string, string> };

export function listActivity(signal?: AbortSignal): Promise<Items<Activity>> {
  return call<Items<Activity>>(`${ACCOUNT}/activity${query({ limit: 50 })}`, { signal });
}

export const EXPORT_PATH = `${ACCOUNT}/export`;

/** Erase the account and everything in it, but for what the law keeps. */
export function eraseAccount(proof: { password: string } | { totp: string }): Promise<void> {
  return command(ACCOUNT, { method: "DELETE", json: proof });
}

export type PairingView = { user_code: string; device_name: string; client_id: string; address_hint: string; expires_at: string };

export function getPairing(code: string, signal?: AbortSignal): Promise<PairingView> {
  return call<PairingView>(`${ACCOUNT}/pairing${query({ code })}`, { signal });
}

export function answerPairing(userCode: string, approve: "approve" | "deny"): Promise<void> {
  return command(`${ACCOUNT}/pairing`, { method: "POST", json: { user_code: userCode, approve: approve === "approve" } });
}

export type ProfileChange = {
  name?: string;
  avatar?: string;
  language?: string;
  maturity?: number;
  kids?: boolean;
  /** Four to eight digits; null takes the lock away. */
  pin?: string | null;
  autoplay_next?: boolean;
  autoplay_previews?: boolean;
  skip_intro?: SkipHabit;
  skip_recap?: SkipHabit;
  skip_credits?: SkipHabit;
};

export function makeProfile(profile: ProfileChange): Promise<ProfileView> {
  return call<ProfileView>(PROFILES, { method: "POST", json: profile });
}

export function changeProfile(id: string, change: ProfileChange): Promise<ProfileView> {
  return call<ProfileView>(`${PROFILES}/${segment(id)}`, { method: "PATCH", json: change });
}

export function deleteProfile(id: string): Promise<void> {
  return command(`${PROFILES}/${segment(id)}`, { method: "DELETE" });
}
