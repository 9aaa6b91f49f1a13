/** What the server says of its sources and of the events that they sent. */
import { useQuery } from "@tanstack/react-query";
import { get, type ProblemError } from "~/api/client";
import type { FieldProblem, Label } from "~/api/types";

export interface Source {
  name: string;
  label: Label;
  kind: string;
  /** Where it sends to. */
  path?: string;
  last_event_at: string | null;
  lag_seconds: number;
  /** Whether it has said nothing for too long. */
  silent?: boolean;
  has_secret?: boolean;
  counts: Record<string, number>;
}

/** An event as it came, and what stands against applying it. */
export interface SourceEvent {
  id: string;
  type?: string;
  received_at: string;
  state: string;
  waits_for?: string | null;
  errors: FieldProblem[];
  attempts?: number;
  /** As it came, cut where it is very long. */
  body: string;
}

/** What stands against an event, in one line. */
export function reasonText(event: SourceEvent): string {
  return event.errors.map((error) => error.message).join(" ");
}

/** A body as people read it: JSON over several lines, anything else as it is. */
export function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
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
