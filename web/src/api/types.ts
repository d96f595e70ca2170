import type { Card, CreditRole } from "./library";

export type { Card, CreditRole };

/** The service's messages as they travel: JSON, snake_case, durations in seconds, times RFC 3339 UTC. */

export type Kind = "film" | "series" | "episode";
export type Audience = "everyone" | "members" | "operators";
export type ArtworkKind = "poster" | "backdrop";

export type TitleCard = {
  title_id: string;
  kind: Kind;
  name: string;
  synopsis: string;
  year: number | null;
  genres: string[];
  audience: Audience;
  /** Age rating in years. */
  maturity: number;
  listed: boolean;
  featured: boolean;
  series_id: string | null;
  season_number: number | null;
  episode_number: number | null;
  playable: boolean;
  complete: boolean | null;
  duration_seconds: number | null;
  max_height: number | null;
  artwork: { poster: string | null; backdrop: string | null };
  version: number;
};

export type Credit = { person_id: string; name: string; role: CreditRole; character: string };
export type MarkerKind = "intro" | "recap" | "credits";
/** A part that a viewer may want to skip; `ends_seconds` is after it. */
export type Marker = { kind: MarkerKind; starts_seconds: number; ends_seconds: number };
export type Rating = { system: string; label: string };

export type Rendition = { name: string; codec: string; width: number; height: number; bits_per_second: number };
export type AudioChoice = { name: string; language: string; channels: number; label: string };
export type TextChoice = { path: string; language: string; label: string; forced: boolean };

/** When and where a title may be seen; no territories means everywhere. */
export type AvailabilityWindow = { territories: string[]; starts_at: string | null; ends_at: string | null };

export type TitleDetail = TitleCard & {
  renditions: Rendition[];
  audio: AudioChoice[];
  text: TextChoice[];
  episodes: TitleCard[];
  availability: AvailabilityWindow[];
  original_name?: string;
  people?: Credit[];
  tags?: string[];
  ratings?: Rating[];
  languages?: string[];
  released_on?: string | null;
  hot?: boolean;
  announced?: boolean;
  markers?: Marker[];
  similar?: Card[];
};

export type Row = { row_id: string; name: string; items: TitleCard[] };
export type BrowsePage = { featured: TitleCard | null; rows: Row[] };
export type TitlePage = { items: TitleCard[]; next_cursor: string | null };

export type NewTitle = {
  name: string;
  kind?: Kind;
  synopsis?: string;
  year?: number | null;
  genres?: string[];
  audience?: Audience;
  series_id?: string | null;
  season_number?: number | null;
  episode_number?: number | null;
  featured?: boolean;
};

export type TitleChange = {
  name?: string;
  synopsis?: string;
  year?: number | null;
  genres?: string[];
  audience?: Audience;
  maturity?: number;
  availability?: AvailabilityWindow[];
  listed?: boolean;
  featured?: boolean;
};

export type Candidate = { path: string; url: string };

export type StreamUrls = { pathway: string; hls_url: string; dash_url: string };
export type TextLink = { url: string; language: string; label: string; forced: boolean };

export type StreamGrant = {
  session_id: string;
  title_id: string;
  release_id: string;
  name: string;
  complete: boolean;
  duration_seconds: number;
  stream_url: string;
  urls: StreamUrls[];
  licence_url: string;
  licence_token: string;
  trickplay_url: string | null;
  text: TextLink[];
  expires_at: string;
  /** How often to say that it still plays; null where nobody counts. */
  heartbeat_seconds?: number | null;
  /** Where to start; 0 for what was not begun, was completed, or is not known right now. */
  resume_position_seconds?: number;
  markers?: Marker[];
  next_episode?: Card | null;
};

export type Severity = "note" | "warning" | "refusal";
export type Finding = { severity: Severity; code: string; sentence: string };

export type VideoFacts = {
  codec: string;
  width: number;
  height: number;
  display_width: number;
  display_height: number;
  rate: { numerator: number; denominator: number };
  bit_depth: number;
  dynamics: "sdr" | "pq" | "hlg";
  interlaced: boolean;
  variable_rate: boolean;
};
export type AudioFacts = { codec: string; channels: number; sample_rate_hz: number; language: string; title: string };
export type TextFacts = { codec: string; language: string; title: string; forced: boolean; bitmap: boolean };

export type SourceFacts = {
  container: string;
  size_bytes: number;
  duration_seconds: number;
  video: VideoFacts;
  audio: AudioFacts[];
  text: TextFacts[];
};

export type Inspection = { accepted: boolean; findings: Finding[]; facts: SourceFacts | null };

export type JobState = "inspecting" | "refused" | "ordered" | "cancelled" | "failed";
export type Step = "plan" | "encode" | "audio" | "text" | "stitch" | "package" | "verify" | "publish";
export type OrderState = "queued" | "running" | "published" | "failed" | "cancelled";
export type ChunkState = "waiting" | "running" | "done" | "failed";

export type ChunkProgress = { state: ChunkState; start_seconds: number; end_seconds: number; attempts: number };
export type RenditionProgress = {
  name: string;
  codec: string;
  width: number;
  height: number;
  chunks: ChunkProgress[];
};
export type Failure = {
  step: Step;
  sentence: string;
  rendition: string | null;
  chunk: number | null;
  tool_said: string;
};
export type StepTiming = { step: Step; started_at: string; finished_at: string | null };

export type OrderProgress = {
  job_id: string;
  title_id: string;
  state: OrderState;
  fraction: number;
  steps: StepTiming[];
  renditions: RenditionProgress[];
  failure: Failure | null;
  submitted_at: string;
  first_playable_at: string | null;
  finished_at: string | null;
};

export type JobView = {
  job_id: string;
  title_id: string;
  source_name: string;
  size_bytes: number;
  state: JobState;
  inspected_fraction: number;
  inspection: Inspection | null;
  failure: string | null;
  created_at: string;
  changed_at: string;
  order: OrderProgress | null;
};

export type JobPage = { items: JobView[]; next_cursor: string | null };
export type OperatorSession = { role: "operator" | "stranger" };
