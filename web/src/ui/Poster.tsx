import { useState, type CSSProperties } from "react";

import { useI18n } from "@/i18n";

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

/** A picture in several widths, so that the browser takes the one that fits. */
export type Picture = { src: string; srcSet: string; sizes: string; width: number; height: number };

type PosterProps = {
  name: string;
  year: number | null;
  src: string | null;
  srcLarge?: string;
  /** Instead of `src`: a picture in several widths. */
  picture?: Picture | null;
  /** Fetched at once instead of when it comes near. */
  eager?: boolean;
  shape?: "tall" | "wide";
  arriving?: boolean;
  flag?: string;
};

/** A title's poster, or one made of its name where there is no picture or the picture fails. */
export function Poster({ name, year, src, srcLarge, picture = null, eager = false, shape = "tall", arriving, flag }: PosterProps) {
  const { t } = useI18n();
  const [failed, setFailed] = useState<string | null>(null);
  const address = picture?.src ?? src;
  const srcSet = picture?.srcSet ?? (srcLarge === undefined || src === null ? undefined : `${src} 1x, ${srcLarge} 2x`);
  const classes = ["poster", shape === "wide" ? "poster-wide" : "", arriving === true ? "poster-arriving" : ""];
  return (
    <div className={classes.filter((part) => part !== "").join(" ")}>
      {address !== null && failed !== address ? (
        <img
          src={address}
          srcSet={srcSet}
          sizes={picture?.sizes}
          width={picture?.width}
          height={picture?.height}
          alt=""
          loading={eager ? "eager" : "lazy"}
          decoding="async"
          onError={() => setFailed(address)}
        />
      ) : (
        <MadePoster name={name} year={year} />
      )}
      {arriving === true && <span className="poster-flag">{t("title.arriving")}</span>}
      {arriving !== true && flag !== undefined && <span className="poster-flag poster-flag-soft">{flag}</span>}
    </div>
  );
}
