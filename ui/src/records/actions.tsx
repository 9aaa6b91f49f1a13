/** Runs the actions that objects declare: a button, its questions, its answer. */
import { useQueryClient } from "@tanstack/react-query";
import { Button, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import type {
  Action,
  ActionParameter,
  Field,
  JsonSchema,
  Label,
  ObjectType,
  RecordData,
} from "~/api/types";
import { showToast } from "~/app/undo";
import { useLabel } from "~/app/words";
import { check } from "~/fields/check";
import { FieldEditor } from "~/fields/FieldEditor";
import { toWire } from "~/fields/values";
import { parameterLabels } from "~/i18n/locales/system_fields";
import styles from "./actions.module.css";
import * as cache from "./cache";
import { reasonOf } from "./editing";

interface Ran {
  changed?: { object: string; id: string; version: number }[];
  message?: Label;
}

export type RunAction = (
  record: RecordData,
  parameters: Record<string, unknown>,
) => Promise<boolean>;

/** A function that runs an action on a record and shows what came of it. */
export function useRunAction(object: string, action: string): RunAction {
  const client = useQueryClient();
  const label = useLabel();
  const { t } = useTranslation();
  return async (record, parameters) => {
    try {
      const ran = await post<Ran>(`/records/${object}/${record.id}/actions/${action}`, parameters, {
        idempotencyKey: crypto.randomUUID(),
      });
      const changed = ran.changed ?? [{ object, id: record.id, version: 0 }];
      for (const name of new Set(changed.map((item) => item.object))) {
        cache.refreshDerived(client, name);
        void client.invalidateQueries({ queryKey: ["list", name] });
      }
      await Promise.all(
        changed.flatMap(({ object: name, id }) => [
          client.invalidateQueries({ queryKey: ["record", name, id] }),
          client.invalidateQueries({ queryKey: ["timeline", name, id] }),
        ]),
      );
      showToast({ tone: "done", text: label(ran.message) || t("toast.done") });
      return true;
    } catch (error) {
      showToast({ tone: "failed", text: reasonOf(error, t("error.offline")) });
      return false;
    }
  };
}

interface ActionButtonProps {
  object: ObjectType;
  record: RecordData;
  action: Action;
  primary?: boolean;
  small?: boolean;
}

export function ActionButton({
  object,
  record,
  action,
  primary = false,
  small = false,
}: ActionButtonProps) {
  const label = useLabel();
  const run = useRunAction(object.name, action.name);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const fields = parameterFields(action.parameters);

  const act = async (parameters: Record<string, unknown>) => {
    setBusy(true);
    const done = await run(record, parameters);
    setBusy(false);
    if (done) setAsking(false);
  };
  const button = (
    <Button
      type={primary ? "primary" : "default"}
      size={small ? "small" : "middle"}
      loading={busy}
      onClick={fields.length === 0 ? () => void act({}) : undefined}
    >
      {label(action.label)}
    </Button>
  );
  if (fields.length === 0) return button;
  return (
    <Popover
      open={asking}
      onOpenChange={setAsking}
      trigger="click"
      placement="bottomRight"
      content={
        <ParameterForm
          fields={fields}
          name={label(action.label)}
          busy={busy}
          onRun={(values) => void act(values)}
        />
      }
    >
      {button}
    </Popover>
  );
}

interface ParameterFormProps {
  fields: Field[];
  name: string;
  busy: boolean;
  onRun: (values: Record<string, unknown>) => void;
}

function ParameterForm({ fields, name, busy, onRun }: ParameterFormProps) {
  const label = useLabel();
  const [values, setValues] = useState<Record<string, unknown>>({});
  const ready = fields.every((field) => check(field, values[field.name]) === null);
  const run = () => {
    onRun(
      Object.fromEntries(fields.map((field) => [field.name, toWire(field, values[field.name])])),
    );
  };
  return (
    <div className={styles.form}>
      {fields.map((field) => (
        <div key={field.name}>
          <label htmlFor={`parameter-${field.name}`}>{label(field.label)}</label>
          <FieldEditor
            id={`parameter-${field.name}`}
            field={field}
            value={values[field.name]}
            onChange={(value) => setValues({ ...values, [field.name]: value })}
          />
        </div>
      ))}
      <Button type="primary" disabled={!ready} loading={busy} onClick={run}>
        {name}
      </Button>
    </div>
  );
}

/** The parameters of an action as fields, so that the editors of fields ask for them. */
export function parameterFields(parameters: Action["parameters"]): Field[] {
  if (!parameters) return [];
  return Array.isArray(parameters) ? parameters.map(fromParameter) : fromSchema(parameters);
}

function fromParameter(parameter: ActionParameter): Field {
  return {
    id: parameter.name,
    required: true,
    ...parameter,
    label: parameter.label ?? { zh: parameter.name },
  };
}

function fromSchema(schema: JsonSchema): Field[] {
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    id: name,
    name,
    label: parameterLabels[name] ?? { zh: property.title ?? name },
    type: name === "user" ? "user" : (SCHEMA_TYPES[property.type ?? ""] ?? "text"),
    required: schema.required?.includes(name) ?? false,
  }));
}

const SCHEMA_TYPES: Readonly<Record<string, string>> = {
  integer: "integer",
  number: "decimal",
  boolean: "boolean",
};

/** The actions by name that the asker may run on this record. */
export function openActions(
  object: ObjectType,
  record: RecordData,
  names: string[] | null,
): Action[] {
  const wanted = names ?? (object.actions ?? []).map((action) => action.name);
  return wanted.flatMap((name) => {
    const action = object.actions?.find((item) => item.name === name);
    return action && isOpen(record) ? [action] : [];
  });
}

/** Whoever may only see a record has nothing to do with it. */
function isOpen(record: RecordData): boolean {
  return record._can?.some((act) => act !== "see") ?? true;
}
