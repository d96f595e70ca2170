import type { StreamUrls } from "@/api/types";

type Edge = { pathway: string; base: string };

function baseOf(manifestUrl: string): string {
  return manifestUrl.slice(0, manifestUrl.lastIndexOf("/") + 1);
}

/**
 * The edges that hold one release, best first, and the one in use.
 *
 * Every file of a release lies below its manifest, and every edge holds the same files. So an address on one edge is
 * an address on all of them, and moving to another edge is a change of prefix. Prefixes of earlier grants stay known:
 * a manifest that was read an hour ago goes on naming them.
 */
export class EdgeRing {
  private edges: readonly Edge[] = [];
  private readonly known = new Set<string>();
  private current = 0;

  constructor(urls: readonly StreamUrls[]) {
    this.update(urls);
  }

  /** Take the addresses of a new grant; the edge in use stays in use when it is still offered. */
  update(urls: readonly StreamUrls[]): void {
    const inUse = this.edges[this.current]?.pathway;
    this.edges = urls.map((url) => ({ pathway: url.pathway, base: baseOf(url.dash_url) }));
    for (const url of urls) {
      this.known.add(baseOf(url.dash_url));
      this.known.add(baseOf(url.hls_url));
    }
    this.current = Math.max(0, this.edges.findIndex((edge) => edge.pathway === inUse));
  }

  /** The name of the edge in use; empty when the grant named none. */
  get pathway(): string {
    return this.edges[this.current]?.pathway ?? "";
  }

  get size(): number {
    return this.edges.length;
  }

  /** Return the same file on every edge, the one in use first; an address of somewhere else comes back alone. */
  candidates(uri: string): string[] {
    const prefix = [...this.known].find((base) => uri.startsWith(base));
    if (prefix === undefined || this.edges.length === 0) return [uri];
    const path = uri.slice(prefix.length);
    const ordered = [...this.edges.slice(this.current), ...this.edges.slice(0, this.current)];
    return ordered.map((edge) => edge.base + path);
  }

  /** Note which edge answered. Returns whether that is a change, after which it is the one in use. */
  answered(uri: string): boolean {
    const index = this.edges.findIndex((edge) => uri.startsWith(edge.base));
    if (index === -1 || index === this.current) return false;
    this.current = index;
    return true;
  }
}
