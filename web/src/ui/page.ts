import { useEffect } from "react";

/** Name the page in the browser's title. */
export function usePageTitle(name: string | null): void {
  useEffect(() => {
    document.title = name === null || name === "" ? "Matinee" : `${name} · Matinee`;
  }, [name]);
}
