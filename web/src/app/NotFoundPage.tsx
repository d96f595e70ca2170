import { usePageTitle } from "@/ui/page";
import { LinkButton, Notice } from "@/ui/primitives";

export function NotFoundPage() {
  usePageTitle("Not found");
  return (
    <div className="page page-beamed">
      <Notice title="Nothing is showing here" level={1}>
        <p>The address may be old or mistyped. The programme has everything that is on.</p>
        <LinkButton to="/" look="primary">
          See the programme
        </LinkButton>
      </Notice>
    </div>
  );
}
