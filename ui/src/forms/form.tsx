/** The form's own state and acts, apart from how it looks. */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useBlocker, useNavigate, useSearchParams } from "react-router";
import { ProblemError } from "~/api/client";
import { useMe, useObjects } from "~/api/queries";
import type { Field, ObjectType, RecordData } from "~/api/types";
import { useAsking } from "~/app/asking";
import { showToast } from "~/app/undo";
import { useLabel } from "~/app/words";
import type { LiveProblem } from "~/fields/check";
import * as cache from "~/records/cache";
import { reasonOf } from "~/records/editing";
import { change, create, type Outcome, type Values } from "~/records/saving";
import {
  changes,
  type Line,
  lineChanges,
  liveProblems,
  serverProblems,
  startValues,
  writableFields,
} from "./draft";

export interface Form {
  object: ObjectType;
  record: RecordData | undefined;
  values: Values;
  lines: Record<string, Line[]>;
  setValue: (name: string, value: unknown) => void;
  setLines: (name: string, lines: Line[]) => void;
  /** The sentence to show at a field; undefined while there is nothing to say. */
  problemOf: (field: Field) => string | undefined;
  touch: (name: string) => void;
  /** What the server said that belongs to no one field. */
  problems: string[];
  saving: boolean;
  submit: () => Promise<void>;
  cancel: () => void;
}

const FormContext = createContext<Form | null>(null);

export function useForm(): Form {
  const form = useContext(FormContext);
  if (!form) throw new Error("the form brick stands on form pages only");
  return form;
}

interface FormProviderProps {
  object: ObjectType;
  record: RecordData | undefined;
  children: ReactNode;
}

export function FormProvider({ object, record: given, children }: FormProviderProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const asking = useAsking();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const me = useMe().data;
  // The record as it was opened: changes of others are met on saving, field by field.
  const [record] = useState(given);
  const fields = useMemo(() => writableFields(object), [object]);
  const lineObjects = useObjects(
    fields.flatMap((field) => (field.type === "lines" && field.object ? [field.object] : [])),
  );
  const [values, setValues] = useState<Values>(() =>
    startValues(object, record, search, me ? { id: me.user.id, title: me.user.name } : null),
  );
  const [lines, setLines] = useState<Record<string, Line[]>>(() => startLines(fields, record));
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [server, setServer] = useState<{ byField: Record<string, string>; rest: string[] }>({
    byField: {},
    rest: [],
  });
  const [saving, setSaving] = useState(false);
  const [dirty, setDirty] = useState(false);
  const key = useRef(crypto.randomUUID());
  const leaving = useRef(false);
  useLeaveGuard(dirty && !saving, leaving);

  const checkable = { ...values, ...lines };
  const live = liveProblems(fields, checkable, record);
  const sentence = (problem: LiveProblem) => t(`check.${problem.code}`, problem.values ?? {});

  const setValue = (name: string, value: unknown) => {
    setDirty(true);
    setValues((before) => ({ ...before, [name]: value }));
    setServer((before) => ({ ...before, byField: without(before.byField, name) }));
  };
  const form: Form = {
    object,
    record,
    values,
    lines,
    setValue,
    setLines: (name, next) => {
      setDirty(true);
      setLines((before) => ({ ...before, [name]: next }));
    },
    touch: (name) =>
      setTouched((before) => (before.has(name) ? before : new Set([...before, name]))),
    problemOf: (field) => {
      const problem = touched.has(field.name) ? live[field.name] : undefined;
      if (problem) return sentence(problem);
      return server.byField[field.name];
    },
    problems: server.rest,
    saving,
    cancel: () => void navigate(-1),
    submit: async () => {
      setTouched(new Set(fields.map((field) => field.name)));
      const first = fields.find((field) => live[field.name]);
      if (first) {
        reach(first.name);
        return;
      }
      setSaving(true);
      try {
        const body = { ...changes(fields, values, record), ...changedLines() };
        const outcome = await send(body);
        if (outcome.kind !== "left") await finish(outcome);
      } catch (error) {
        const problem = error instanceof ProblemError ? error.problem : undefined;
        const found = serverProblems(problem?.errors, fields);
        const said = Object.keys(found.byField).length + found.rest.length > 0;
        setServer(said ? found : { byField: {}, rest: [reasonOf(error, t("error.offline"))] });
        reach(Object.keys(found.byField)[0] ?? "");
      } finally {
        setSaving(false);
      }
    },
  };

  function changedLines(): Values {
    return Object.fromEntries(
      fields.flatMap((field) => {
        const columns = lineObjects[field.object ?? ""];
        if (field.type !== "lines" || !columns) return [];
        const saved = Array.isArray(record?.[field.name])
          ? (record[field.name] as RecordData[])
          : [];
        const written = lineChanges(writableFields(columns), lines[field.name] ?? [], saved);
        return written ? [[field.name, written] as const] : [];
      }),
    );
  }

  async function send(body: Values): Promise<Outcome> {
    if (!record) return create(object, body, key.current, asking);
    if (Object.keys(body).length === 0) return { kind: "saved", record };
    return change(object, record, body, asking);
  }

  async function finish(outcome: Outcome): Promise<void> {
    leaving.current = true;
    const saved = outcome.kind === "saved" ? outcome.record : null;
    if (saved) client.setQueryData(["record", object.name, saved.id], saved);
    await client.invalidateQueries({ queryKey: ["list", object.name], refetchType: "none" });
    cache.refreshDerived(client, object.name);
    if (record) void client.invalidateQueries({ queryKey: ["timeline", object.name, record.id] });
    showToast({
      tone: "done",
      text: t(record ? "toast.saved" : "toast.created", { object: label(object.label) }),
    });
    await navigate(saved ? `/records/${object.name}/${saved.id}` : `/records/${object.name}`, {
      replace: true,
    });
  }

  return <FormContext value={form}>{children}</FormContext>;
}

/** Brings the field with a problem to the eye and the keyboard. */
function reach(name: string): void {
  const control = document.getElementById(`field-${name}`);
  control?.focus({ preventScroll: true });
  control?.scrollIntoView({ block: "center" });
}

function startLines(fields: Field[], record: RecordData | undefined): Record<string, Line[]> {
  return Object.fromEntries(
    fields
      .filter((field) => field.type === "lines")
      .map((field) => {
        const rows = Array.isArray(record?.[field.name])
          ? (record[field.name] as RecordData[])
          : [];
        return [field.name, rows.map((row) => ({ key: row.id, id: row.id, values: { ...row } }))];
      }),
  );
}

function without(record: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

/** Asks before what was typed is lost by leaving the page. */
function useLeaveGuard(dirty: boolean, leaving: { current: boolean }): void {
  const { t } = useTranslation();
  const blocker = useBlocker(() => dirty && !leaving.current);
  if (blocker.state === "blocked") {
    // The browser's own question: it also stands where the page itself is being left.
    if (window.confirm(t("form.leave"))) blocker.proceed();
    else blocker.reset();
  }
}
