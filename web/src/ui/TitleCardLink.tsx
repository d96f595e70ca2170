import { Link } from "react-router";

import { Poster } from "./Poster";

export type CardModel = {
  to: string;
  name: string;
  year: number | null;
  facts: string;
  poster: string | null;
  posterLarge: string | undefined;
  arriving: boolean;
  flag: string | undefined;
};

/** A poster that leads to its title. Its accessible name is what is read below the picture. */
export function TitleCardLink({ model }: { model: CardModel }) {
  return (
    <Link to={model.to} className="card">
      <Poster name={model.name} year={model.year} src={model.poster} srcLarge={model.posterLarge} arriving={model.arriving} flag={model.flag} />
      <span className="card-name">{model.name}</span>
      <span className="card-facts">{model.facts}</span>
    </Link>
  );
}
