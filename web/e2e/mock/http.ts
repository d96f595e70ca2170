import { createReadStream, existsSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".mpd": "application/dash+xml",
  ".m3u8": "application/vnd.apple.mpegurl",
  ".m4s": "video/iso.segment",
  ".mp4": "video/mp4",
  ".vtt": "text/vtt",
  ".jpg": "image/jpeg",
};

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string | string[]> = {}): void {
  response.writeHead(status, { "Content-Type": status >= 400 ? "application/problem+json" : "application/json", "Cache-Control": "no-store", ...headers });
  response.end(JSON.stringify(body));
}

export function sendProblem(response: ServerResponse, status: number, code: string, title: string, detail: string): void {
  sendJson(response, status, { type: `/problems/${code}`, title, status, detail, code, trace_id: "0af7651916cd43dd" });
}

export function sendNothing(response: ServerResponse, headers: Record<string, string | string[]> = {}): void {
  response.writeHead(204, headers);
  response.end();
}

/** Send a file below a folder, compressed where a browser takes it; false when there is none. */
export function sendFile(response: ServerResponse, root: string, path: string, headers: Record<string, string> = {}): boolean {
  const file = join(root, normalize(`/${decodeURIComponent(path)}`));
  if (!existsSync(file) || !statSync(file).isFile()) return false;
  const type = TYPES[extname(file)] ?? "application/octet-stream";
  const small = existsSync(`${file}.br`) && /\bbr\b/.test(String(response.req.headers["accept-encoding"]));
  const sent = small ? `${file}.br` : file;
  response.writeHead(200, { "Content-Type": type, "Content-Length": String(statSync(sent).size), ...(small ? { "Content-Encoding": "br" } : {}), ...headers });
  createReadStream(sent).pipe(response);
  return true;
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = (await readBody(request)).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
