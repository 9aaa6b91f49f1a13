/** Holds the stream for all tabs of the browser: HTTP/1.1 allows six connections to a host. */
import { type LiveCommand, type LiveMessage, LiveSource } from "./protocol";

interface SharedScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

const ports = new Set<MessagePort>();
let user = "";
const source = new LiveSource((message) => {
  for (const port of ports) port.postMessage(message);
});

(self as unknown as SharedScope).onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<LiveCommand>) => obey(port, data);
  port.start();
};

function obey(port: MessagePort, command: LiveCommand): void {
  if (command.type === "open") {
    ports.add(port);
    // A stream is its person's: another one's begins anew.
    if (command.user !== user) source.close();
    user = command.user;
    source.open();
    port.postMessage({ type: "state", state: source.state } satisfies LiveMessage);
    return;
  }
  ports.delete(port);
  if (ports.size === 0) source.close();
}
