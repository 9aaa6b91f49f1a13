/** What can be done with the chosen records at once: one field of all, or the bin. */
import { useQueryClient } from "@tanstack/react-query";
import { Button, Popconfirm, Popover, Select } from "antd";
import { SquarePen, Trash2, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import type { Field, FieldProblem, ObjectType } from "~/api/types";
import { showToast } from "~/app/undo";
import { useLabel } from "~/app/words";
import { check } from "~/fields/check";
import { FieldEditor, isWritable } from "~/fields/FieldEditor";
import { allFields } from "~/fields/find";
import { toWire } from "~/fields/values";
import * as cache from "~/records/cache";
import { reasonOf } from "~/records/editing";
import { IconButton } from "~/signs/signs";
import styles from "./list.module.css";

interface BulkAnswer {
  updated: number;
  deleted: number;
  refused: number;
  results: { index: number; status: string; errors?: FieldProblem[] }[];
}

interface SelectionBarProps {
  object: ObjectType;
  selected: ReadonlySet<string>;
  onClear: () => void;
}

export function SelectionBar({ object, selected, onClear }: SelectionBarProps) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const client = useQueryClient();
  const acts = object.acts ?? [];
  const ids = [...selected];

  const run = async (operation: "update" | "delete", values: Record<string, unknown>) => {
    setBusy(true);
    try {
      const body = { operation, mode: "each", rows: ids.map((id) => ({ id, ...values })) };
      const answer = await post<BulkAnswer>(`/records/${object.name}/bulk`, body, {
        idempotencyKey: crypto.randomUUID(),
      });
      await client.invalidateQueries({ queryKey: ["list", object.name] });
      cache.refreshDerived(client, object.name);
      const done = answer.updated + answer.deleted;
      const reason = answer.results.find((result) => result.errors)?.errors?.[0]?.message ?? "";
      if (answer.refused > 0)
        showToast({
          tone: "failed",
          text: t("bulk.partly", { done, refused: answer.refused, reason }),
        });
      else
        showToast({
          tone: "done",
          text: t(operation === "delete" ? "bulk.deleted" : "bulk.updated", { count: done }),
        });
      onClear();
    } catch (error) {
      showToast({ tone: "failed", text: reasonOf(error, t("error.offline")) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={styles.selection} aria-label={t("bulk.title")}>
      <strong>{t("bulk.chosen", { count: selected.size })}</strong>
      {acts.includes("edit") && (
        <BulkEdit object={object} busy={busy} onRun={(values) => void run("update", values)} />
      )}
      {acts.includes("delete") && (
        <Popconfirm
          title={t("bulk.confirmDelete", { count: selected.size })}
          okText={t("action.delete")}
          cancelText={t("action.cancel")}
          okButtonProps={{ danger: true }}
          onConfirm={() => void run("delete", {})}
        >
          <Button size="small" type="text" danger icon={<Trash2 size={14} aria-hidden />}>
            {t("action.delete")}
          </Button>
        </Popconfirm>
      )}
      <span className={styles.spread} />
      <IconButton icon={X} size={14} name={t("bulk.clear")} onClick={onClear} />
    </section>
  );
}

interface BulkEditProps {
  object: ObjectType;
  busy: boolean;
  onRun: (values: Record<string, unknown>) => void;
}

function BulkEdit({ object, busy, onRun }: BulkEditProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const [open, setOpen] = useState(false);
  const [field, setField] = useState<Field | undefined>();
  const [value, setValue] = useState<unknown>(null);
  const fields = allFields(object).filter(
    (item) => isWritable(item) && !["file", "address"].includes(item.type),
  );
  const content = (
    <div className={styles.bulkEdit}>
      <Select
        aria-label={t("bulk.field")}
        placeholder={t("bulk.field")}
        showSearch
        optionFilterProp="label"
        value={field?.name}
        options={fields.map((item) => ({ value: item.name, label: label(item.label) }))}
        onChange={(name) => {
          setField(fields.find((item) => item.name === name));
          setValue(null);
        }}
      />
      {field && (
        <FieldEditor
          key={field.name}
          field={field}
          value={value}
          name={label(field.label)}
          onChange={setValue}
        />
      )}
      <Button
        type="primary"
        loading={busy}
        disabled={!field || check(field, value) !== null}
        onClick={() => {
          if (field) onRun({ [field.name]: toWire(field, value) });
          setOpen(false);
        }}
      >
        {t("bulk.apply")}
      </Button>
    </div>
  );
  return (
    <Popover
      content={content}
      trigger="click"
      placement="bottomLeft"
      open={open}
      onOpenChange={setOpen}
    >
      <Button size="small" type="text" icon={<SquarePen size={14} aria-hidden />}>
        {t("bulk.edit")}
      </Button>
    </Popover>
  );
}
