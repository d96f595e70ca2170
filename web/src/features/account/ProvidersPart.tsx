import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { unlinkOidc } from "@/api/account";
import { keys } from "@/api/queries";
import { listOidc, oidcStart, type OidcProvider } from "@/api/session";
import { useConfirmed } from "@/session/confirmContext";
import { Button } from "@/ui/primitives";
import { tell } from "@/ui/ProblemNotice";

function Line({ provider, linked }: { provider: OidcProvider; linked: boolean }) {
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const unlink = useMutation({ mutationFn: () => confirmed(() => unlinkOidc(provider.name)), onSuccess: () => client.invalidateQueries({ queryKey: keys.member }) });
  return (
    <li>
      <div className="line-words">
        <strong>{provider.label}</strong>
        <span>{linked ? "Linked: you can sign in with it." : "Not linked."}</span>
        {unlink.isError && <p className="field-error">{tell(unlink.error).sentence}</p>}
      </div>
      <div className="line-actions">
        {linked ? (
          <Button small look="danger" disabled={unlink.isPending} onClick={() => unlink.mutate()}>
            Unlink<span className="visually-hidden"> {provider.label}</span>
          </Button>
        ) : (
          <a className="button button-quiet button-small" href={oidcStart(provider.name, "/account/security", "link")}>
            Link<span className="visually-hidden"> {provider.label}</span>
          </a>
        )}
      </div>
    </li>
  );
}

/** Accounts elsewhere that open this one; nothing where the house knows no provider. */
export function ProvidersPart({ linked }: { linked: readonly string[] }) {
  const providers = useQuery({ queryKey: keys.oidc, queryFn: ({ signal }) => listOidc(signal), staleTime: 300_000 });
  if (providers.data === undefined || providers.data.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="providers">
      <h2 id="providers">Accounts elsewhere</h2>
      <ul className="lines">
        {providers.data.map((provider) => (
          <Line key={provider.name} provider={provider} linked={linked.includes(provider.name)} />
        ))}
      </ul>
    </section>
  );
}
