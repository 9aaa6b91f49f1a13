/** Figures from declared metrics: asked for together, kept live by the stream. */
import { type UseQueryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef } from "react";
import { type ProblemError, post } from "~/api/client";
import type { ChangeEvent, MetricAnswer, MetricRequest } from "~/api/types";
import { useChanges } from "~/live/live";

/** Requests made within this time go in one call. */
const GATHER_MS = 10;
/** Figures are asked for anew at most this often. */
const REFRESH_MS = 1_000;

interface Waiting {
  request: MetricRequest;
  resolve: (answer: MetricAnswer) => void;
  reject: (error: unknown) => void;
}

let waiting: Waiting[] = [];

function ask(request: MetricRequest): Promise<MetricAnswer> {
  return new Promise((resolve, reject) => {
    waiting.push({ request, resolve, reject });
    if (waiting.length === 1) setTimeout(() => void send(), GATHER_MS);
  });
}

async function send(): Promise<void> {
  const batch = waiting;
  waiting = [];
  const metrics = batch.map(({ request }, index) => ({ ...request, as: `m${index}` }));
  try {
    const { data } = await post<{ data: Record<string, MetricAnswer> }>("/metrics/query", {
      metrics,
    });
    batch.forEach(({ resolve, reject }, index) => {
      const answer = data[`m${index}`];
      if (answer) resolve(answer);
      else reject(new Error(`no answer for ${batch[index]?.request.name}`));
    });
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}

/** How a metric is asked for and kept. */
export function askMetric(request: MetricRequest): UseQueryOptions<MetricAnswer, ProblemError> {
  return {
    queryKey: ["metric", request],
    queryFn: () => ask(request),
    placeholderData: (before) => before,
  };
}

export function useMetric(request: MetricRequest | null) {
  return useQuery<MetricAnswer, ProblemError>({
    ...askMetric(request ?? { name: "" }),
    enabled: request !== null,
  });
}

/** Asks anew for every figure of the page when records change, gathered to once a second. */
export function useLiveFigures(): void {
  const client = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const refresh = useCallback(
    (events: ChangeEvent[]) => {
      if (events.length === 0 || timer.current) return;
      timer.current = setTimeout(() => {
        timer.current = null;
        void client.invalidateQueries({ queryKey: ["metric"] });
        void client.invalidateQueries({ queryKey: ["gaps"] });
      }, REFRESH_MS);
    },
    [client],
  );
  useChanges(refresh);
}
