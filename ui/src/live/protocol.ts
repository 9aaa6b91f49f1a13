/** What the stream's holder (shared worker or tab) tells its tabs. */
import type { ChangeEvent } from "~/api/types";

export type LiveState = "connecting" | "open" | "lost";

export type LiveMessage =
  | { type: "state"; state: LiveState }
  | { type: "change"; event: ChangeEvent }
  | { type: "gone"; event: ChangeEvent }
  | { type: "catalog" };

/** What a tab tells the holder: who is signed in, or that it leaves. */
export type LiveCommand = { type: "open"; user: string } | { type: "close" };

const RETRY_FIRST_MS = 1_000;
const RETRY_LONGEST_MS = 30_000;

/** Holds one EventSource open, and opens it anew with growing pauses when the server refuses it. */
export class LiveSource {
  private source: EventSource | null = null;
  private retryMs = RETRY_FIRST_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly tell: (message: LiveMessage) => void;
  state: LiveState = "connecting";

  constructor(tell: (message: LiveMessage) => void) {
    this.tell = tell;
  }

  open(): void {
    if (this.source || this.timer) return;
    const source = new EventSource("/api/v1/stream", { withCredentials: true });
    this.source = source;
    source.onopen = () => {
      this.retryMs = RETRY_FIRST_MS;
      this.settle("open");
    };
    source.onerror = () => this.lose(source);
    source.addEventListener("change", (event) =>
      this.tell({ type: "change", event: JSON.parse(event.data) }),
    );
    source.addEventListener("gone", (event) =>
      this.tell({ type: "gone", event: JSON.parse(event.data) }),
    );
    source.addEventListener("catalog", () => this.tell({ type: "catalog" }));
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.source?.close();
    this.source = null;
  }

  /** The browser reconnects a dropped stream itself; one refused outright it gives up. */
  private lose(source: EventSource): void {
    this.settle("lost");
    if (source.readyState !== EventSource.CLOSED) return;
    this.source = null;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.open();
    }, this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_LONGEST_MS);
  }

  private settle(state: LiveState): void {
    this.state = state;
    this.tell({ type: "state", state });
  }
}
