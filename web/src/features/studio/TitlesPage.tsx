import { keepPreviousData, useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Link, useNavigate } from "react-router";

import { artworkAt, changeTitle, createTitle, listTitles } from "@/api/catalogue";
import { keys } from "@/api/queries";
import type { TitleCard } from "@/api/types";
import { ageText } from "@/ui/format";
import { usePageTitle } from "@/ui/page";
import { Poster } from "@/ui/Poster";
import { Button, Chip, LinkButton, Skeleton } from "@/ui/primitives";
import { ProblemNotice, tell } from "@/ui/ProblemNotice";

import { NewTitleDialog } from "./NewTitleDialog";

const AUDIENCES = { everyone: "Everyone", members: "Members", operators: "Operators only" } as const;

function placeOf(title: TitleCard): string {
  if (title.kind === "episode") return `Episode · season ${title.season_number ?? "?"}, number ${title.episode_number ?? "?"}`;
  return title.kind === "series" ? "Series" : "Film";
}

function TitleLine({ title }: { title: TitleCard }) {
  const client = useQueryClient();
  const list = useMutation({
    mutationFn: () => changeTitle(title.title_id, { listed: !title.listed }),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: keys.allStudioTitles }), client.invalidateQueries({ queryKey: keys.browse })]),
  });
  const { poster } = title.artwork;
  const flags = title as TitleCard & { announced?: boolean; hot?: boolean };
  return (
    <li className="title-line" data-testid="studio-title" data-title={title.title_id}>
      <div className="title-line-poster">
        <Poster name={title.name} year={title.year} src={poster === null ? null : artworkAt(poster, 240)} />
      </div>
      <div className="job-words">
        <Link className="file-name job-link" to={`/studio/titles/${title.title_id}`}>
          {title.name}
        </Link>
        <span className="upload-facts">
          {placeOf(title)}
          {title.year === null ? "" : ` · ${title.year}`}
        </span>
        <span className="chips">
          <Chip look={title.playable ? "good" : "plain"}>{title.playable ? "Ready to play" : "Nothing to play yet"}</Chip>
          {!title.playable && flags.announced === true && <Chip>Announced</Chip>}
          {flags.hot === true && <Chip look="beam">Hot</Chip>}
          {title.complete === false && <Chip look="busy">First look</Chip>}
          <Chip look={title.audience === "operators" ? "warn" : "plain"}>{AUDIENCES[title.audience]}</Chip>
          {title.maturity > 0 && <Chip>{ageText(title.maturity)}</Chip>}
          {title.featured && <Chip look="beam">Featured</Chip>}
        </span>
        <span role="alert">{list.isError && <span className="field-error">{tell(list.error).sentence}</span>}</span>
      </div>
      <div className="line-actions">
        <Button small look={title.listed ? "quiet" : "primary"} disabled={list.isPending} onClick={() => list.mutate()}>
          {title.listed ? "Unpublish" : "Publish"}
          <span className="visually-hidden"> {title.name}</span>
        </Button>
        <LinkButton small look="quiet" to={`/studio/titles/${title.title_id}`}>
          Edit<span className="visually-hidden"> {title.name}</span>
        </LinkButton>
      </div>
    </li>
  );
}

function Found({ q }: { q: string }) {
  const titles = useInfiniteQuery({
    queryKey: keys.studioTitles(q),
    queryFn: ({ pageParam, signal }) => listTitles(pageParam, q, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  if (titles.isError) return <ProblemNotice error={titles.error} onRetry={() => void titles.refetch()} />;
  if (titles.data === undefined) return <Skeleton className="line-skeleton" />;
  const items = titles.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <p className="empty">{q === "" ? "No titles yet. Upload a film, or make one here." : `No title's name holds “${q}”.`}</p>;
  return (
    <>
      <ul className="job-list">
        {items.map((title) => (
          <TitleLine key={title.title_id} title={title} />
        ))}
      </ul>
      {titles.hasNextPage && (
        <Button look="quiet" disabled={titles.isFetchingNextPage} onClick={() => void titles.fetchNextPage()}>
          Show more
        </Button>
      )}
    </>
  );
}

/** Every title there is, listed or not. */
export function TitlesPage() {
  usePageTitle("Titles");
  const id = useId();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [q, setQ] = useState("");
  const [making, setMaking] = useState<"making" | "no">("no");
  const create = useMutation({
    mutationFn: createTitle,
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: keys.allStudioTitles });
      await navigate(`/studio/titles/${made.title_id}`);
    },
  });
  return (
    <>
      <div className="heading-line">
        <h1 tabIndex={-1}>Titles</h1>
        <Button look="primary" onClick={() => setMaking("making")}>
          New title
        </Button>
      </div>
      <div className="field title-search">
        <label htmlFor={id}>Find by name</label>
        <input id={id} type="search" value={q} onChange={(event) => setQ(event.currentTarget.value)} />
      </div>
      <Found q={q.trim()} />
      {making === "making" && <NewTitleDialog onClose={() => setMaking("no")} onCreate={(title) => create.mutate(title)} error={create.error} />}
    </>
  );
}
