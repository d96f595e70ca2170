// Reads every manifest of a release with the parsers of another player; prints what they found as JSON.
import { readFileSync } from "node:fs";
import { join, dirname } from "node:path";
import m3u8 from "m3u8-parser";
import { parse } from "mpd-parser";

const release = process.argv[2];

function playlist(path) {
  const parser = new m3u8.Parser();
  parser.push(readFileSync(join(release, path), "utf8"));
  parser.end();
  return parser.manifest;
}

const master = playlist("master.m3u8");
const media = master.playlists.map((one) => one.uri);
const groups = Object.values(master.mediaGroups).flatMap((group) => Object.values(group).flatMap((set) => Object.values(set)));
const paths = [...media, ...groups.map((one) => one.uri).filter(Boolean)];
const segments = Object.fromEntries(
  paths.map((path) => {
    const found = playlist(path);
    return [path, { count: found.segments.length, seconds: found.segments.reduce((sum, one) => sum + one.duration, 0), ended: found.endList }];
  }),
);
const warnings = [];
const mpd = parse(readFileSync(join(release, "manifest.mpd"), "utf8"), {
  manifestUri: "http://edge.invalid/v1/token/manifest.mpd",
  eventHandler: (event) => warnings.push(event),
});
console.log(
  JSON.stringify({
    hls: { variants: master.playlists.map((one) => one.attributes), segments, folder: dirname(media[0]) },
    dash: {
      seconds: mpd.duration,
      ended: mpd.endList,
      variants: mpd.playlists.map((one) => ({ segments: one.segments.length, attributes: one.attributes })),
      sounds: Object.keys(mpd.mediaGroups.AUDIO.audio ?? {}),
      texts: Object.keys(mpd.mediaGroups.SUBTITLES.subs ?? {}),
      warnings,
    },
  }),
);
