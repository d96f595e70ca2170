/** Passkeys: between the service's JSON (WebAuthn Level 3, base64url) and the browser's buffers. */

type Json = Record<string, unknown>;
type Descriptor = { id: string; type: "public-key"; transports?: AuthenticatorTransport[] };

export function fromBase64url(text: string): ArrayBuffer {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer;
}

export function toBase64url(buffer: ArrayBuffer): string {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

/** Options come bare or, as the browser wants them, below `publicKey`. */
function inner(options: unknown): Json {
  if (!isRecord(options)) throw new TypeError("the service sent no options");
  return isRecord(options.publicKey) ? options.publicKey : options;
}

function descriptors(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list ?? []) as Descriptor[]).map((one) => ({ ...one, id: fromBase64url(one.id) }));
}

export function creationOptions(options: unknown): PublicKeyCredentialCreationOptions {
  const wire = inner(options);
  const user = wire.user as PublicKeyCredentialUserEntity & { id: unknown };
  return {
    ...(wire as unknown as PublicKeyCredentialCreationOptions),
    challenge: fromBase64url(wire.challenge as string),
    user: { ...user, id: fromBase64url(user.id as unknown as string) },
    excludeCredentials: descriptors(wire.excludeCredentials),
  };
}

export function requestOptions(options: unknown): PublicKeyCredentialRequestOptions {
  const wire = inner(options);
  return {
    ...(wire as unknown as PublicKeyCredentialRequestOptions),
    challenge: fromBase64url(wire.challenge as string),
    allowCredentials: descriptors(wire.allowCredentials),
  };
}

function common(credential: PublicKeyCredential): Json {
  return {
    id: credential.id,
    rawId: toBase64url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

export function creationAnswer(credential: PublicKeyCredential): Json {
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    ...common(credential),
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON),
      attestationObject: toBase64url(response.attestationObject),
      transports: response.getTransports(),
    },
  };
}

export function requestAnswer(credential: PublicKeyCredential): Json {
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    ...common(credential),
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON),
      authenticatorData: toBase64url(response.authenticatorData),
      signature: toBase64url(response.signature),
      userHandle: response.userHandle === null ? null : toBase64url(response.userHandle),
    },
  };
}

/** Whether this browser, at this address, can hold passkeys. Plain HTTP cannot, but for this machine itself. */
export function passkeysPossible(): boolean {
  return window.isSecureContext && "PublicKeyCredential" in window;
}

export async function autofillPossible(): Promise<boolean> {
  if (!passkeysPossible() || !("isConditionalMediationAvailable" in PublicKeyCredential)) return false;
  return PublicKeyCredential.isConditionalMediationAvailable();
}

/** Make a passkey; rejects with a `DOMException` when the person or the device declines. */
export async function makePasskey(options: unknown): Promise<Json> {
  const made = await navigator.credentials.create({ publicKey: creationOptions(options) });
  if (!(made instanceof PublicKeyCredential)) throw new TypeError("the device made no passkey");
  return creationAnswer(made);
}

export type Asking = { mediation: "optional" | "conditional"; signal: AbortSignal };

/** Ask for a passkey, in a dialog of the browser or among what it fills in. */
export async function askPasskey(options: unknown, asking: Asking): Promise<Json> {
  const found = await navigator.credentials.get({ publicKey: requestOptions(options), ...asking });
  if (!(found instanceof PublicKeyCredential)) throw new TypeError("the device gave no passkey");
  return requestAnswer(found);
}

/** Whether somebody only closed the browser's dialog. */
export function isDeclined(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");
}
