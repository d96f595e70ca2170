import type { HomeItem, HomeRow } from "@/api/home";
import { Tile } from "@/cards/Tile";
import { useI18n } from "@/i18n";
import { Rail } from "@/ui/Rail";

import { rowLook, rowName, rowNote } from "./model";
import { ContinueTile, TopTile } from "./tiles";
import { useRemoveContinuing } from "./useHome";

/** How many pictures of the first row are fetched at once. */
const FIRST_IN_VIEW = 8;
/** Rows shorter than this are all in view, and have no page of their own. */
const WORTH_A_PAGE = 6;

type Props = { row: HomeRow; first: boolean };

/** One row of the home page. */
export function RowView({ row, first }: Props) {
  const speech = useI18n();
  const remove = useRemoveContinuing();
  const name = rowName(row, speech);
  const look = rowLook(row.kind);
  const tile = (item: HomeItem, index: number, tabIndex: 0 | -1) => {
    const eager = first && index < FIRST_IN_VIEW;
    if (look === "wide") return <ContinueTile item={item} tabIndex={tabIndex} eager={eager} onRemove={remove} />;
    if (look === "ranked") return <TopTile item={item} tabIndex={tabIndex} eager={eager} />;
    return <Tile card={item} tabIndex={tabIndex} eager={eager} />;
  };
  return (
    <Rail
      name={row.kind === "because" ? <bdi>{name}</bdi> : name}
      note={rowNote(row, speech)}
      count={row.items.length}
      keyOf={(index) => row.items[index]?.title_id ?? String(index)}
      look={look}
      seeAll={row.kind !== "continue" && row.items.length >= WORTH_A_PAGE ? { to: `/row/${encodeURIComponent(row.row_id)}`, label: speech.t("home.see-all-of", { name }) } : null}
      testId={row.row_id}
      tile={(index, tabIndex) => {
        const item = row.items[index];
        return item === undefined ? null : tile(item, index, tabIndex);
      }}
    />
  );
}
