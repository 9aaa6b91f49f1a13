import { useEffect, useState, useSyncExternalStore } from "react";

const SKELETON_AFTER_MS = 300;

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(query);
      media.addEventListener("change", listener);
      return () => media.removeEventListener("change", listener);
    },
    () => window.matchMedia(query).matches,
  );
}

/** One column, bottom bar, panels as pages. */
export function usePhone(): boolean {
  return useMedia("(max-width: 767px)");
}

/** The navigation folds and panels cover. */
export function useNarrow(): boolean {
  return useMedia("(max-width: 1199px)");
}

/** True once `waiting` has lasted 300 ms: nothing flashes on a quick answer. */
export function useSlow(waiting: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!waiting) {
      setSlow(false);
      return;
    }
    const timer = setTimeout(() => setSlow(true), SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, [waiting]);
  return slow;
}
