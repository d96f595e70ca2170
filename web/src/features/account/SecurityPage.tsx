import { usePageTitle } from "@/ui/page";
import { useSession } from "@/session/useSession";

import { ActivityPart } from "./ActivityPart";
import { EmailPart } from "./EmailPart";
import { PasskeysPart } from "./PasskeysPart";
import { PasswordPart } from "./PasswordPart";
import { ProvidersPart } from "./ProvidersPart";
import { TotpPart } from "./TotpPart";

/** How one gets into this account, and what happened to it. */
export function SecurityPage() {
  usePageTitle("Security");
  const session = useSession();
  const account = session.data?.account;
  const methods = session.data?.methods;
  if (account === null || account === undefined || methods === undefined) return null;
  return (
    <>
      <h1 tabIndex={-1}>Security</h1>
      <PasswordPart account={account} hasPassword={methods.password} />
      <PasskeysPart />
      <TotpPart on={methods.totp} />
      <EmailPart account={account} />
      <ProvidersPart linked={methods.oidc} />
      <ActivityPart />
    </>
  );
}
