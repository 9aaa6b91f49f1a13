/** The toast with its way back, and Ctrl Z. */
import { useSyncExternalStore } from "react";

export interface Toast {
  id: number;
  text: string;
  tone: "done" | "failed" | "info";
  /** Takes the act back; absent where there is no way back. */
  undo?: () => Promise<void> | void;
  action?: { label: string; run: () => void };
}

const SHOWN_MS = 10_000;

let current: Toast | null = null;
let nextId = 1;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

/** Shows one line at the foot of the page for 10 seconds; the newest replaces the one before. */
export function showToast(toast: Omit<Toast, "id">): void {
  settle({ ...toast, id: nextId++ });
}

export function hideToast(): void {
  settle(null);
}

/** Takes back what the toast on screen says. Answers whether there was something to take back. */
export function undoLast(): boolean {
  const toast = current;
  if (!toast?.undo) return false;
  settle(null);
  void toast.undo();
  return true;
}

export function useToast(): Toast | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

function settle(next: Toast | null): void {
  clearTimeout(timer);
  current = next;
  if (next) timer = setTimeout(() => settle(null), SHOWN_MS);
  for (const listener of listeners) listener();
}
