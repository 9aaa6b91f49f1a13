/** What the server says of its sources and of the events that they sent. */
import { useQuery } from "@tanstack/react-query";
import { get, type ProblemError } from "~/api/client";
import type { Label } from "~/api/types";

export interface Source {
  name: string;
  label?: Label;
  kind?: string;
  state?: string;
  last_event_at?: string | null;
  lag_seconds?: number | string | null;
  counts?: Record<string, number>;
}

/** An event as it came, and why it could not be applied. */
export interface SourceEvent {
  id: string;
  received_at?: string;
  at?: string;
  state: string;
  reason?: string | Label | null;
  error?: string | Label | null;
  body?: unknown;
}

export function useSources() {
  return useQuery<Source[], ProblemError>({
    queryKey: ["sources"],
    queryFn: async () => (await get<{ data: Source[] }>("/sources")).data,
    refetchInterval: 10_000,
  });
}

export function useEvents(source: string, state: string) {
  return useQuery<SourceEvent[], ProblemError>({
    queryKey: ["source-events", source, state],
    queryFn: async () =>
      (await get<{ data: SourceEvent[] }>(`/sources/${source}/events`, { state })).data,
    refetchInterval: 10_000,
  });
}
