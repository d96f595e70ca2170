import { useState, type CSSProperties } from "react";

const HUES = 6;

/** A small stable number from a name, so that a made poster always looks the same. */
export function nameNumber(name: string): number {
  let hash = 2166136261;
  for (const character of name) {
    hash ^= character.codePointAt(0) ?? 0;
    hash = Math.imul(hash, 16777619);
  }
  return hash >>> 0;
}

function MadePoster({ name, year }: { name: string; year: number | null }) {
  const number = nameNumber(name);
  const style = { "--turn": 150 + (number % 40), "--from-x": `${30 + (number % 50)}%` } as CSSProperties;
  return (
    <div className={`poster-made poster-hue-${(number >>> 8) % HUES}`} style={style} aria-hidden="true">
      <span className="poster-made-name">{name}</span>
      {year !== null && <span className="poster-made-year">{year}</span>}
    </div>
  );
}

type PosterProps = { name: string; year: number | null; src: string | null; srcLarge?: string; arriving?: boolean; flag?: string };

/** A title's poster, or one made of its name where there is no picture or the picture fails. */
export function Poster({ name, year, src, srcLarge, arriving, flag }: PosterProps) {
  const [failed, setFailed] = useState<string | null>(null);
  const usable = src !== null && failed !== src;
  return (
    <div className={arriving === true ? "poster poster-arriving" : "poster"}>
      {usable ? (
        <img src={src} srcSet={srcLarge === undefined ? undefined : `${src} 1x, ${srcLarge} 2x`} alt="" loading="lazy" decoding="async" onError={() => setFailed(src)} />
      ) : (
        <MadePoster name={name} year={year} />
      )}
      {arriving === true && <span className="poster-flag">Arriving</span>}
      {arriving !== true && flag !== undefined && <span className="poster-flag poster-flag-soft">{flag}</span>}
    </div>
  );
}
