import type { ReactNode } from "react";

/** The house's cast: flat figures on a colour each, drawn on a square of 96. */

const eyes = (left: number, right: number, y: number, radius = 3.4): ReactNode => (
  <>
    <circle cx={left} cy={y} r={radius} fill="#201402" />
    <circle cx={right} cy={y} r={radius} fill="#201402" />
  </>
);

const owl = (
  <>
    <path d="M24 40c0-10 4-18 4-18l10 7h20l10-7s4 8 4 18v20a24 24 0 0 1-48 0z" fill="#f3dcb6" />
    <path d="M32 62a16 16 0 0 1 32 0v8c-4 8-10 12-16 12s-12-4-16-12z" fill="#d99b4a" />
    <circle cx="37" cy="44" r="11" fill="#fff8ea" />
    <circle cx="59" cy="44" r="11" fill="#fff8ea" />
    {eyes(38, 58, 44, 4.6)}
    <path d="M44 52h8l-4 8z" fill="#b4522b" />
  </>
);

const fox = (
  <>
    <path d="M20 22l18 12h20l18-12v26c0 18-13 30-28 36-15-6-28-18-28-36z" fill="#ef7b3a" />
    <path d="M20 50c8-2 16 2 20 10l8 12 8-12c4-8 12-12 20-10 0 17-13 28-28 34-15-6-28-17-28-34z" fill="#fff2df" />
    <path d="M24 29l10 7-9 6zM72 29l-10 7 9 6z" fill="#7a2f12" />
    {eyes(37, 59, 49)}
    <path d="M43 70h10l-5 6z" fill="#201402" />
  </>
);

const robot = (
  <>
    <path d="M46 16h4v12h-4z" fill="#dbe7ea" />
    <circle cx="48" cy="15" r="5" fill="#ffc247" />
    <rect x="20" y="28" width="56" height="44" rx="12" fill="#dbe7ea" />
    <rect x="27" y="36" width="42" height="20" rx="10" fill="#123a44" />
    <circle cx="38" cy="46" r="5" fill="#7ff0dc" />
    <circle cx="58" cy="46" r="5" fill="#7ff0dc" />
    <path d="M36 63h24" stroke="#123a44" strokeWidth="4" strokeLinecap="round" />
    <path d="M14 42h6v16h-6zM76 42h6v16h-6z" fill="#8fa9ae" />
    <path d="M34 72h28v10H34z" fill="#8fa9ae" />
  </>
);

const moon = (
  <>
    <circle cx="48" cy="48" r="30" fill="#ffe2a0" />
    <circle cx="61" cy="40" r="23" fill="#24406b" />
    <path d="M30 47c3 3 6 3 9 0M31 63c4 4 9 4 13 1" stroke="#8a5a17" strokeWidth="3.4" strokeLinecap="round" fill="none" />
    <path d="M64 26l2 5 5 2-5 2-2 5-2-5-5-2 5-2zM74 52l1.5 3.5L79 57l-3.5 1.5L74 62l-1.5-3.5L69 57l3.5-1.5z" fill="#fff8ea" />
  </>
);

const reel = (
  <>
    <circle cx="48" cy="48" r="32" fill="#f8efe6" />
    <circle cx="48" cy="48" r="5" fill="#3c0d16" />
    {[0, 72, 144, 216, 288].map((turn) => (
      <circle key={turn} cx="48" cy="29" r="8.5" fill="#8c1f2f" transform={`rotate(${turn} 48 48)`} />
    ))}
    <path d="M48 80h34v-6" stroke="#f8efe6" strokeWidth="5" fill="none" strokeLinecap="round" />
  </>
);

const whale = (
  <>
    <path d="M12 56c0-16 14-24 30-24 20 0 30 12 32 22 4-2 6-8 4-14 8 0 10 8 8 14-3 14-20 26-40 26S12 70 12 56z" fill="#bfe4f2" />
    <path d="M14 62c8 6 34 8 48-2-6 14-16 20-24 20-12 0-22-7-24-18z" fill="#f4fbff" />
    <circle cx="30" cy="52" r="3.4" fill="#201402" />
    <path d="M22 62c4 3 8 3 12 1" stroke="#2d6d86" strokeWidth="2.8" strokeLinecap="round" fill="none" />
    <path d="M42 30V20M42 20c-4-6-10-5-12-2M42 20c4-6 10-5 12-2" stroke="#f4fbff" strokeWidth="3.6" strokeLinecap="round" fill="none" />
  </>
);

const cactus = (
  <>
    <path d="M40 30a8 8 0 0 1 16 0v40H40z" fill="#7fc47a" />
    <path d="M40 58H30a8 8 0 0 1-8-8v-7a5 5 0 0 1 10 0v5h8zM56 52h9V40a5 5 0 0 1 10 0v12a10 10 0 0 1-10 10h-9z" fill="#5fae66" />
    <path d="M30 68h36l-4 18H34z" fill="#c8643a" />
    <path d="M28 64h40v7H28z" fill="#dd7a4a" />
    {eyes(44, 52, 42, 2.8)}
    <path d="M44 50c2.5 2.5 5.5 2.5 8 0" stroke="#201402" strokeWidth="2.4" strokeLinecap="round" fill="none" />
    <path d="M48 14l2.4 4.6 4.6-1.6-1.6 4.6 4.6 2.4-10 3-10-3 4.6-2.4-1.6-4.6 4.6 1.600z" fill="#ff9db0" />
  </>
);

const comet = (
  <>
    <path d="M84 12L46 38l12 12zM88 34L56 52l4 8zM62 8L38 38l8 4z" fill="#ffd57f" opacity=".8" />
    <circle cx="40" cy="58" r="24" fill="#ff9d4a" />
    <circle cx="40" cy="58" r="17" fill="#ffe2a0" />
    {eyes(34, 47, 55)}
    <path d="M35 64c3 4 8 4 11 0" stroke="#201402" strokeWidth="3" strokeLinecap="round" fill="none" />
  </>
);

const mushroom = (
  <>
    <path d="M38 54h20l4 22c0 6-7 9-14 9s-14-3-14-9z" fill="#fff2df" />
    <path d="M14 54c0-20 15-36 34-36s34 16 34 36c-10 5-58 5-68 0z" fill="#d8433f" />
    <circle cx="34" cy="38" r="7" fill="#fff2df" />
    <circle cx="58" cy="32" r="6" fill="#fff2df" />
    <circle cx="68" cy="47" r="5" fill="#fff2df" />
    <circle cx="47" cy="49" r="4" fill="#fff2df" />
    {eyes(43, 53, 66, 2.8)}
    <path d="M44 73c2.5 2.5 5.5 2.5 8 0" stroke="#201402" strokeWidth="2.4" strokeLinecap="round" fill="none" />
  </>
);

const lighthouse = (
  <>
    <path d="M48 30L4 16v26zM48 30l44-14v26z" fill="#ffe2a0" opacity=".75" />
    <path d="M39 38h18l6 44H33z" fill="#fff2df" />
    <path d="M37.6 48h20.8l1.5 11H36.1zM34.7 70h26.6l1.7 12H33z" fill="#d8433f" />
    <path d="M38 22h20v16H38z" fill="#ffc247" />
    <path d="M34 24l14-13 14 13zM34 36h28v5H34z" fill="#31241e" />
    <path d="M12 84c6-5 12-5 18 0s12 5 18 0 12-5 18 0 12 5 18 0v12H12z" fill="#8fd0ea" />
  </>
);

const kite = (
  <>
    <path d="M50 70c-10 4-4 12-14 14s-12-6-20 0" stroke="#fff8ea" strokeWidth="3" strokeLinecap="round" fill="none" />
    <path d="M62 12l20 30-32 28-12-36z" fill="#ff7a59" />
    <path d="M62 12l-12 58-12-36z" fill="#ffd24d" />
    <path d="M62 12l20 30-23-2z" fill="#7fd0c4" />
    <path d="M38 34l44 8M62 12L50 70" stroke="#20313a" strokeWidth="2" opacity=".55" />
    <path d="M30 80l7-5 1 9zM20 86l-8-2 5-6z" fill="#f08aa0" />
  </>
);

const tiger = (
  <>
    <circle cx="27" cy="30" r="11" fill="#f09a3a" />
    <circle cx="69" cy="30" r="11" fill="#f09a3a" />
    <circle cx="27" cy="30" r="5" fill="#7a2f12" />
    <circle cx="69" cy="30" r="5" fill="#7a2f12" />
    <path d="M18 50c0-18 13-28 30-28s30 10 30 28-13 32-30 32-30-14-30-32z" fill="#f09a3a" />
    <path d="M30 62c0-8 8-12 18-12s18 4 18 12-8 18-18 18-18-10-18-18z" fill="#fff2df" />
    <path d="M48 22l4 11h-8zM34 25l7 9-8 1zM62 25l-7 9 8 1zM18 48l11 3-10 5zM78 48l-11 3 10 5zM21 62l10-1-6 7zM75 62l-10-1 6 7z" fill="#201402" />
    {eyes(37, 59, 46, 3.8)}
    <path d="M43 57h10l-5 6z" fill="#201402" />
    <path d="M48 63v3c-2 4-7 4-9 1M48 66c2 4 7 4 9 1" stroke="#201402" strokeWidth="2.4" strokeLinecap="round" fill="none" />
  </>
);

const octopus = (
  <>
    <path d="M24 56c-8 4-4 16-12 20 10 4 14-4 16-10M72 56c8 4 4 16 12 20-10 4-14-4-16-10M36 62c-4 10-2 16-10 22 10 2 16-8 18-18M60 62c4 10 2 16 10 22-10 2-16-8-18-18M44 64c0 10 0 16-1 22h10c-1-6-1-12-1-22" fill="#e8688a" />
    <path d="M20 44c0-17 12-30 28-30s28 13 28 30c0 16-12 26-28 26S20 60 20 44z" fill="#f58aa5" />
    <circle cx="38" cy="46" r="8" fill="#fff8ea" />
    <circle cx="58" cy="46" r="8" fill="#fff8ea" />
    {eyes(39, 57, 47, 4)}
    <path d="M42 58c4 4 8 4 12 0" stroke="#7a1f3d" strokeWidth="3" strokeLinecap="round" fill="none" />
    <circle cx="34" cy="26" r="3.5" fill="#ffc2d0" />
    <circle cx="44" cy="21" r="2.5" fill="#ffc2d0" />
  </>
);

const cast = {
  fox: { name: "Fox", ground: "#1d5a5f", figure: fox },
  owl: { name: "Owl", ground: "#2c6b44", figure: owl },
  whale: { name: "Whale", ground: "#2f6f9c", figure: whale },
  cactus: { name: "Cactus", ground: "#d9b36a", figure: cactus },
  comet: { name: "Comet", ground: "#3a1d52", figure: comet },
  robot: { name: "Robot", ground: "#2a6f6a", figure: robot },
  moon: { name: "Moon", ground: "#24406b", figure: moon },
  mushroom: { name: "Mushroom", ground: "#4d6b2c", figure: mushroom },
  lighthouse: { name: "Lighthouse", ground: "#2b4a94", figure: lighthouse },
  kite: { name: "Kite", ground: "#4a8fc0", figure: kite },
  tiger: { name: "Tiger", ground: "#8c1f2f", figure: tiger },
  octopus: { name: "Octopus", ground: "#4a3a8c", figure: octopus },
} satisfies Record<string, { name: string; ground: string; figure: ReactNode }>;

/** Stands for whoever has no picture, or one that this version does not draw. */
const nobody = { name: "Film reel", ground: "#a8323f", figure: reel };

export type AvatarName = keyof typeof cast;

/** The pictures to choose from; the service knows the same names. */
export const AVATARS = Object.keys(cast) as AvatarName[];

function isAvatar(name: string): name is AvatarName {
  return Object.hasOwn(cast, name);
}

export function avatarLabel(name: string): string {
  return isAvatar(name) ? cast[name].name : nobody.name;
}

/** A profile's picture. */
export function Avatar({ name }: { name: string }) {
  const { ground, figure } = isAvatar(name) ? cast[name] : nobody;
  return (
    <svg className="avatar" viewBox="0 0 96 96" aria-hidden="true" focusable="false">
      <rect width="96" height="96" fill={ground} />
      <path d="M96 0L-6 54l14 48z" fill="#fff" opacity=".09" />
      {figure}
    </svg>
  );
}
