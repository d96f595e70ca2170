import { defaultOptions, DetailedError, Upload, type PreviousUpload } from "tus-js-client";

import { UPLOADS } from "@/api/studio";

import { sortFiles, type FilmDrop } from "./files";

export type UploadState = "texts" | "sending" | "paused" | "failed" | "done";

export type UploadRow = {
  key: string;
  name: string;
  totalBytes: number;
  sentBytes: number;
  bytesPerSecond: number;
  state: UploadState;
  resumed: boolean;
  failure: string | null;
  /** The id of the upload, which is also the id of the job that follows. */
  uploadId: string | null;
  texts: string[];
};

export type UploadOptions = { titleId: string | null; av1: boolean };

/** Big enough for speed, small enough that a lost connection costs little. */
const CHUNK_BYTES = 16 * 1024 * 1024;
const RETRY_DELAYS_MS = [0, 500, 1000, 2000, 4000, 8000, 15_000, 15_000];
const SPEED_WINDOW_MS = 4000;

function uploadIdOf(url: string | null): string | null {
  if (url === null) return null;
  const last = new URL(url, window.location.origin).pathname.split("/").filter((part) => part !== "").pop();
  return last ?? null;
}

/** Turn what the transport reports into a sentence for people; the service's own words first. */
export function uploadFailure(error: Error): string {
  if (!(error instanceof DetailedError)) return "The upload stopped unexpectedly. Try again.";
  const status = error.originalResponse?.getStatus() ?? 0;
  if (status === 0) return "The connection was lost. Resume when the network is back; nothing that arrived is lost.";
  try {
    const body = JSON.parse(error.originalResponse?.getBody() ?? "") as { detail?: unknown };
    if (typeof body.detail === "string") return body.detail;
  } catch {
    // Not a problem document; the status has to do.
  }
  if (status === 401 || status === 403) return "Sign in again, then resume.";
  if (status === 413) return "The file is larger than this service takes.";
  return `The service refused the upload (${status}).`;
}

type Tus = Upload;
type Sample = { at: number; bytes: number };

function previousOfSame(found: PreviousUpload[]): PreviousUpload | undefined {
  return found.sort((a, b) => b.creationTime.localeCompare(a.creationTime))[0];
}

export type Unfinished = { storageKey: string; name: string; bytes: number };

/** What earlier visits began and did not finish, as this browser remembers it. */
export async function findUnfinished(): Promise<Unfinished[]> {
  const found = await defaultOptions.urlStorage.findAllUploads();
  return found.map((one) => ({ storageKey: one.urlStorageKey, name: one.metadata.filename ?? "A file", bytes: one.size ?? 0 }));
}

export async function forgetUnfinished(storageKey: string): Promise<void> {
  await defaultOptions.urlStorage.removeUpload(storageKey);
}

class Item {
  row: UploadRow;
  private readonly drop: FilmDrop<File>;
  private readonly options: UploadOptions;
  private readonly changed: () => void;
  private tus: Tus | null = null;
  private samples: Sample[] = [];
  private textIds: string[] | null = null;

  constructor(key: string, drop: FilmDrop<File>, options: UploadOptions, changed: () => void) {
    this.drop = drop;
    this.options = options;
    this.changed = changed;
    this.row = {
      key,
      name: drop.film.name,
      totalBytes: drop.film.size,
      sentBytes: 0,
      bytesPerSecond: 0,
      state: "texts",
      resumed: false,
      failure: null,
      uploadId: null,
      texts: drop.texts.map((text) => text.file.name),
    };
  }

  async start(): Promise<void> {
    try {
      this.textIds ??= await this.sendTexts();
      await this.sendFilm();
    } catch (error) {
      this.set({ state: "failed", failure: uploadFailure(error instanceof Error ? error : new Error(String(error))) });
    }
  }

  async pause(): Promise<void> {
    await this.tus?.abort();
    this.set({ state: "paused", bytesPerSecond: 0 });
  }

  resume(): void {
    this.samples = [];
    if (this.tus === null) {
      void this.start();
      return;
    }
    this.set({ state: "sending", failure: null });
    this.tus.start();
  }

  /** Stop and tell the service to forget what it has. */
  async cancel(): Promise<void> {
    await this.tus?.abort(true);
  }

  private set(change: Partial<UploadRow>): void {
    this.row = { ...this.row, ...change };
    this.changed();
  }

  /** Subtitles go first: the film names them when it is created. */
  private async sendTexts(): Promise<string[]> {
    const ids: string[] = [];
    for (const { file, language } of this.drop.texts) {
      ids.push(await this.sendText(file, language));
    }
    return ids;
  }

  private sendText(file: File, language: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const upload = new Upload(file, {
        endpoint: UPLOADS,
        retryDelays: RETRY_DELAYS_MS,
        storeFingerprintForResuming: false,
        metadata: { filename: file.name, role: "text", language },
        onError: reject,
        onSuccess: () => resolve(uploadIdOf(upload.url) ?? ""),
      });
      upload.start();
    });
  }

  private async sendFilm(): Promise<void> {
    const { film } = this.drop;
    const metadata: Record<string, string> = { filename: film.name, role: "film" };
    if (this.options.titleId !== null) metadata.title_id = this.options.titleId;
    if (this.options.av1) metadata.av1 = "1";
    if (this.textIds !== null && this.textIds.length > 0) metadata.text_uploads = this.textIds.join(",");
    const tus = new Upload(film, {
      endpoint: UPLOADS,
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_DELAYS_MS,
      removeFingerprintOnSuccess: true,
      metadata,
      onError: (error) => this.set({ state: "failed", failure: uploadFailure(error), bytesPerSecond: 0 }),
      onProgress: (sent) => this.progress(sent),
      onSuccess: () => this.set({ state: "done", sentBytes: film.size, bytesPerSecond: 0, uploadId: uploadIdOf(tus.url) }),
    });
    this.tus = tus;
    const previous = previousOfSame(await tus.findPreviousUploads());
    if (previous !== undefined) tus.resumeFromPreviousUpload(previous);
    this.set({ state: "sending", resumed: previous !== undefined, failure: null });
    tus.start();
  }

  private progress(sent: number): void {
    const now = performance.now();
    this.samples = [...this.samples.filter((sample) => now - sample.at < SPEED_WINDOW_MS), { at: now, bytes: sent }];
    const [first] = this.samples;
    const seconds = first === undefined ? 0 : (now - first.at) / 1000;
    const bytesPerSecond = first === undefined || seconds < 0.2 ? this.row.bytesPerSecond : (sent - first.bytes) / seconds;
    this.set({ sentBytes: sent, bytesPerSecond });
  }
}

/** Every upload of this tab. Lives outside of the pages, so that walking around does not stop one. */
export class UploadQueue {
  private readonly items = new Map<string, Item>();
  private readonly listeners = new Set<() => void>();
  private rows: readonly UploadRow[] = [];
  private count = 0;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  readonly get = (): readonly UploadRow[] => this.rows;

  /** Start what was dropped. Returns the names of subtitle files that belong to no film. */
  add(files: readonly File[], options: UploadOptions): string[] {
    const { films, strays } = sortFiles(files);
    for (const drop of films) {
      this.count += 1;
      const item = new Item(`upload-${this.count}`, drop, options, () => this.publish());
      this.items.set(item.row.key, item);
      void item.start();
    }
    this.publish();
    return strays.map((file) => file.name);
  }

  pause(key: string): void {
    void this.items.get(key)?.pause();
  }

  resume(key: string): void {
    this.items.get(key)?.resume();
  }

  async cancel(key: string): Promise<void> {
    const item = this.items.get(key);
    this.forget(key);
    // The service forgets unfinished uploads by itself after a while, so a failure here costs only room.
    await item?.cancel().catch(() => undefined);
  }

  forget(key: string): void {
    this.items.delete(key);
    this.publish();
  }

  private publish(): void {
    this.rows = [...this.items.values()].map((item) => item.row).reverse();
    for (const listener of this.listeners) listener();
  }
}

export const uploads = new UploadQueue();
