import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { getPerson, type CreditRole, type PersonPage as Person } from "@/api/library";
import { ApiProblem } from "@/api/problem";
import { keys } from "@/api/queries";
import { CardGrid, GridSkeleton } from "@/cards/Grid";
import { shortFacts } from "@/cards/model";
import { useI18n } from "@/i18n";
import { usePageTitle } from "@/ui/page";
import { LinkButton, Notice } from "@/ui/primitives";
import { ProblemNotice } from "@/ui/ProblemNotice";
import { useSpatialNavigation } from "@/ui/spatial";

import { partsOf } from "./model";

function Part({ role, credits }: { role: CreditRole; credits: Person["items"] }) {
  const speech = useI18n();
  const { t } = speech;
  const name = t(`person.role.${role}`);
  const characters = new Map(credits.map((credit) => [credit.title.title_id, credit.character]));
  return (
    <section className="page-part">
      <h2>{name}</h2>
      <CardGrid
        label={name}
        cards={credits.map((credit) => credit.title)}
        factsOf={(card) => {
          const character = characters.get(card.title_id) ?? "";
          return character === "" ? shortFacts(card, speech) : t("person.as", { character });
        }}
      />
    </section>
  );
}

function Missing() {
  const { t } = useI18n();
  return (
    <div className="page page-beamed">
      <Notice title={t("person.missing")} level={1}>
        <p>{t("person.missing-sentence")}</p>
        <LinkButton to="/search" look="primary">
          {t("nav.search")}
        </LinkButton>
      </Notice>
    </div>
  );
}

/** Everything of one person that the viewer may see, by what they did. */
export function PersonPage() {
  const { id = "" } = useParams();
  const { t } = useI18n();
  useSpatialNavigation();
  const person = useQuery({ queryKey: keys.person(id), queryFn: ({ signal }) => getPerson(id, signal), staleTime: 60_000 });
  usePageTitle(person.data?.name ?? null);
  if (person.error instanceof ApiProblem && person.error.status === 404) return <Missing />;
  if (person.isError && person.data === undefined) {
    return (
      <div className="page page-beamed">
        <ProblemNotice error={person.error} level={1} onRetry={() => void person.refetch()} />
      </div>
    );
  }
  if (person.data === undefined) {
    return (
      <div key="waiting" className="page" aria-busy="true">
        <h1 className="visually-hidden" tabIndex={-1}>
          {t("person.loading")}
        </h1>
        <div className="page-heading page-heading-skeleton skeleton" aria-hidden="true">
          &nbsp;
        </div>
        <p className="page-lead page-lead-skeleton skeleton" aria-hidden="true">
          &nbsp;
        </p>
        <div className="page-part" aria-hidden="true">
          <p className="page-part-name page-lead-skeleton skeleton">&nbsp;</p>
          <GridSkeleton count={8} />
        </div>
      </div>
    );
  }
  const count = new Set(person.data.items.map((item) => item.title.title_id)).size;
  return (
    <div className="page">
      <h1 className="page-heading" tabIndex={-1}>
        <bdi>{person.data.name}</bdi>
      </h1>
      <p className="page-lead">{t("person.titles", { count })}</p>
      {partsOf(person.data).map(([role, credits]) => (
        <Part key={role} role={role} credits={credits} />
      ))}
    </div>
  );
}
