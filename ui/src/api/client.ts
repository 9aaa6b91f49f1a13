/** The one way to the server: every call goes through `request`. */
import type { Language, Problem } from "./types";

const BASE = "/api/v1";
const CSRF_COOKIE = "sanhuan_csrf";

/** What the server refused, or that it could not be reached (status 0, code `offline`). */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.name = "ProblemError";
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }
}

export type Query = Record<string, string | number | null | undefined>;

export interface RequestOptions {
  query?: Query;
  /** A plain value is sent as JSON, a FormData as multipart. */
  body?: unknown;
  /** The version that the change is based on, sent as `If-Match`. */
  version?: number;
  /** Makes a repeated POST answer as the first did. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface Answer<Data> {
  status: number;
  data: Data;
}

let language: Language = "zh";
let handleSignedOut: () => void = () => {};

/** Sets the language of the server's answers from now on. */
export function speak(next: Language): void {
  language = next;
}

/** Registers what happens when the server no longer knows who asks. */
export function onSignedOut(handle: () => void): void {
  handleSignedOut = handle;
}

/** Calls the server. Raises `ProblemError` for every answer that is not 2xx. */
export async function request<Data>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer<Data>> {
  let response: Response;
  try {
    response = await fetch(address(path, options.query), {
      method,
      credentials: "same-origin",
      headers: headers(method, options),
      body: encoded(options.body),
      signal: options.signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ProblemError({ status: 0, code: "offline" });
  }
  if (!response.ok) throw await refusal(response, path);
  const data = response.status === 204 ? null : await response.json();
  return { status: response.status, data: data as Data };
}

export async function get<Data>(path: string, query?: Query, signal?: AbortSignal): Promise<Data> {
  return (await request<Data>("GET", path, { query, signal })).data;
}

export async function post<Data>(
  path: string,
  body?: unknown,
  options?: RequestOptions,
): Promise<Data> {
  return (await request<Data>("POST", path, { ...options, body })).data;
}

export function address(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  const search = new URLSearchParams(
    pairs.map(([name, value]) => [name, String(value)]),
  ).toString();
  return BASE + path + (search && `?${search}`);
}

function headers(method: string, options: RequestOptions): Headers {
  const all = new Headers({
    Accept: "application/json",
    "Accept-Language": language === "zh" ? "zh-CN" : "en",
  });
  if (options.body !== undefined && !(options.body instanceof FormData)) {
    all.set("Content-Type", "application/json");
  }
  if (method !== "GET") all.set("X-CSRF-Token", csrfToken());
  if (options.version !== undefined) all.set("If-Match", `"${options.version}"`);
  if (options.idempotencyKey) all.set("Idempotency-Key", options.idempotencyKey);
  return all;
}

function csrfToken(): string {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${CSRF_COOKIE}=`));
  return found ? decodeURIComponent(found.slice(CSRF_COOKIE.length + 1)) : "";
}

function encoded(body: unknown): BodyInit | undefined {
  if (body === undefined) return undefined;
  return body instanceof FormData ? body : JSON.stringify(body);
}

async function refusal(response: Response, path: string): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => null);
  const known = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
  if (response.status === 401 && path !== "/session") handleSignedOut();
  return new ProblemError({ ...known, status: response.status, code: known.code ?? "unexpected" });
}
