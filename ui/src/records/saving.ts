/** One save of one record, with everything that can come in its way. */
import { ProblemError, request } from "~/api/client";
import type { Field, ObjectType, RecordData, Warning } from "~/api/types";
import { sameValue, toWire } from "~/fields/values";

export type Values = Record<string, unknown>;

/** A field that two people changed at once. */
export interface Clash {
  field: Field;
  mine: unknown;
  theirs: unknown;
}

/** Asks the person; null is "leave it". */
export interface Asking {
  /** The reason for going on in spite of warnings. */
  consent(warnings: Warning[]): Promise<string | null>;
  /** The names of the fields where one's own value is to stay. */
  clash(object: ObjectType, clashes: Clash[]): Promise<string[] | null>;
}

export type Outcome =
  | { kind: "saved"; record: RecordData }
  /** Saved, and thereby out of the asker's sight. */
  | { kind: "gone" }
  | { kind: "left" };

interface Consent {
  token: string;
  reason: string;
}

/** Changes fields of a record read as `base`. Raises `ProblemError` for what can't be settled by asking. */
export async function change(
  object: ObjectType,
  base: RecordData,
  values: Values,
  asking: Asking,
): Promise<Outcome> {
  let version = base.version;
  let known = base;
  let mine = values;
  let consent: Consent[] = [];
  for (;;) {
    try {
      const body = withConsent(wire(object, mine), consent);
      const path = `/records/${object.name}/${base.id}`;
      const { data } = await request<RecordData>("PATCH", path, { body, version });
      return seen(data) ? { kind: "saved", record: data } : { kind: "gone" };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.code === "needs_consent") {
        const given = await consented(error, asking);
        if (!given) return { kind: "left" };
        consent = [...consent, ...given];
      } else if (error.status === 412 && error.problem.current) {
        const current = error.problem.current;
        const kept = await settled(object, known, current, mine, asking);
        if (!kept) return { kind: "left" };
        if (Object.keys(kept).length === 0) return { kind: "saved", record: current };
        mine = kept;
        known = current;
        version = current.version;
      } else throw error;
    }
  }
}

/** Makes a record. `idempotencyKey` belongs to the form: sent twice, it is made once. */
export async function create(
  object: ObjectType,
  values: Values,
  idempotencyKey: string,
  asking: Asking,
): Promise<Outcome> {
  let consent: Consent[] = [];
  for (;;) {
    try {
      const body = withConsent(wire(object, values), consent);
      const { data } = await request<RecordData>("POST", `/records/${object.name}`, {
        body,
        idempotencyKey,
      });
      return { kind: "saved", record: data };
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "needs_consent") throw error;
      const given = await consented(error, asking);
      if (!given) return { kind: "left" };
      consent = [...consent, ...given];
    }
  }
}

/** The fields among `mine` that `current` holds otherwise than `base` did, and than one wants. */
export function clashesOf(
  object: ObjectType,
  base: RecordData,
  current: RecordData,
  mine: Values,
): Clash[] {
  return Object.entries(mine).flatMap(([name, value]) => {
    const field = object.fields.find((item) => item.name === name);
    if (!field || field.type === "lines") return [];
    const moved =
      !sameValue(field, current[name], base[name]) && !sameValue(field, current[name], value);
    return moved ? [{ field, mine: value, theirs: current[name] }] : [];
  });
}

async function settled(
  object: ObjectType,
  base: RecordData,
  current: RecordData,
  mine: Values,
  asking: Asking,
): Promise<Values | null> {
  const clashes = clashesOf(object, base, current, mine);
  if (clashes.length === 0) return mine;
  const kept = await asking.clash(object, clashes);
  if (!kept) return null;
  const theirs = clashes.map((clash) => clash.field.name).filter((name) => !kept.includes(name));
  return Object.fromEntries(Object.entries(mine).filter(([name]) => !theirs.includes(name)));
}

async function consented(error: ProblemError, asking: Asking): Promise<Consent[] | null> {
  const warnings = error.problem.warnings ?? [];
  const reason = await asking.consent(warnings);
  return reason === null ? null : warnings.map(({ token }) => ({ token, reason }));
}

function wire(object: ObjectType, values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const field = object.fields.find((item) => item.name === name);
      return [name, field && field.type !== "lines" ? toWire(field, value) : value];
    }),
  );
}

function withConsent(body: Values, consent: Consent[]): Values {
  return consent.length > 0 ? { ...body, consent } : body;
}

/** A record out of sight answers with nothing but `id` and `version`. */
function seen(record: RecordData): boolean {
  return Object.keys(record).some((name) => name !== "id" && name !== "version");
}
