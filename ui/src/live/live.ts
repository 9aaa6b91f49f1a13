/** Connects this tab to the one stream of the browser and keeps the caches right by it. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { get } from "~/api/client";
import { keys } from "~/api/queries";
import type { ChangeEvent, RecordData } from "~/api/types";
import * as cache from "~/records/cache";
import { type LiveCommand, type LiveMessage, LiveSource, type LiveState } from "./protocol";

/** Changes are gathered this long, so that a burst is one round of requests. */
const GATHER_MS = 250;
/** From this many changed records on, lists are asked for anew instead of record by record. */
const MOST_SINGLE = 20;

type Listener = (events: ChangeEvent[]) => void;

let state: LiveState = "connecting";
const stateListeners = new Set<() => void>();
const changeListeners = new Set<Listener>();

/** Keeps the stream of the person signed in open while the caller is mounted. */
export function useLive(user: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const gather = gathering((events) => apply(client, events));
    return connect(user, (message) => receive(client, message, gather));
  }, [client, user]);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    () => state,
  );
}

/** Calls `listener` with the changes of each gathering, until unmounted. */
export function useChanges(listener: Listener): void {
  useEffect(() => {
    changeListeners.add(listener);
    return () => {
      changeListeners.delete(listener);
    };
  }, [listener]);
}

function connect(user: string, receiveMessage: (message: LiveMessage) => void): () => void {
  if (typeof SharedWorker === "undefined") {
    const source = new LiveSource(receiveMessage);
    source.open();
    return () => source.close();
  }
  const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: "sanhuan-live",
  });
  worker.port.onmessage = ({ data }: MessageEvent<LiveMessage>) => receiveMessage(data);
  worker.port.postMessage({ type: "open", user } satisfies LiveCommand);
  const leave = () => worker.port.postMessage({ type: "close" } satisfies LiveCommand);
  window.addEventListener("pagehide", leave);
  return () => {
    window.removeEventListener("pagehide", leave);
    leave();
  };
}

function receive(
  client: QueryClient,
  message: LiveMessage,
  gather: (event: ChangeEvent) => void,
): void {
  if (message.type === "state") {
    const reopened = message.state === "open" && state === "lost";
    state = message.state;
    for (const listener of stateListeners) listener();
    if (reopened)
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "workspace" });
    return;
  }
  if (message.type === "catalog") {
    for (const kind of ["definition", "object", "page", "me"])
      void client.invalidateQueries({ queryKey: [kind] });
    return;
  }
  if (message.type === "gone") {
    cache.dropRecord(client, message.event.object, message.event.id);
  }
  gather(message.event);
}

function gathering(handle: Listener): (event: ChangeEvent) => void {
  let waiting: ChangeEvent[] = [];
  return (event) => {
    waiting.push(event);
    if (waiting.length > 1) return;
    setTimeout(() => {
      const events = waiting;
      waiting = [];
      handle(events);
    }, GATHER_MS);
  };
}

function apply(client: QueryClient, events: ChangeEvent[]): void {
  const fresh = events.filter((event) => isNews(client, event));
  const stale = latest(
    fresh.filter((event) => cache.cachedVersion(client, event.object, event.id) !== null),
  );
  if (stale.length > MOST_SINGLE) {
    for (const object of new Set(stale.map((event) => event.object))) {
      void client.invalidateQueries({ queryKey: keys.lists(object) });
    }
  } else {
    for (const event of stale) void refresh(client, event);
  }
  for (const object of new Set(events.map((event) => event.object)))
    cache.refreshDerived(client, object);
  for (const event of latest(events)) {
    void client.invalidateQueries({ queryKey: keys.timeline(event.object, event.id) });
  }
  for (const listener of changeListeners) listener(fresh);
}

/** What this tab saved itself comes back as an event of a version that it has already. */
function isNews(client: QueryClient, event: ChangeEvent): boolean {
  const known = cache.cachedVersion(client, event.object, event.id);
  return known === null || event.version > known;
}

function latest(events: ChangeEvent[]): ChangeEvent[] {
  return [...new Map(events.map((event) => [`${event.object} ${event.id}`, event])).values()];
}

async function refresh(client: QueryClient, event: ChangeEvent): Promise<void> {
  if (event.kind === "delete" || event.kind === "gone") {
    cache.dropRecord(client, event.object, event.id);
    return;
  }
  try {
    const record = await get<RecordData>(`/records/${event.object}/${event.id}`);
    cache.patchRecord(client, event.object, event.id, record);
  } catch {
    // Out of sight meanwhile, or the server is away: the next visit asks again.
  }
}
