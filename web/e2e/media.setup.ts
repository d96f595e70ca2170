import { makeMedia } from "./media";

/** The film is made before any file begins: two that run side by side would both make it, in one folder. */
export default function setup(): void {
  makeMedia();
}
