/** Editing in place: shown at once, saved behind, put back with the reason when refused. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "~/api/client";
import type { Field, ObjectType, RecordData } from "~/api/types";
import { useAsking } from "~/app/asking";
import { showToast } from "~/app/undo";
import { useLabel, useWording } from "~/app/words";
import { sameValue, valueText } from "~/fields/values";
import * as cache from "./cache";
import { change } from "./saving";

/** Saves of one record follow one another, or the second would meet the version of before. */
const queues = new Map<string, Promise<unknown>>();

function inTurn<Result>(id: string, act: () => Promise<Result>): Promise<Result> {
  const before = queues.get(id) ?? Promise.resolve();
  const next = before.then(act, act);
  queues.set(id, next);
  void next.finally(() => queues.get(id) === next && queues.delete(id)).catch(() => {});
  return next;
}

/**
 * What one's own saves made of a version. An edit is based on the record as it stood when the edit
 * began: only one's own saves may have moved it on without a question.
 */
const ownSaves = new Map<string, number>();

function noteOwnSave(id: string, from: number, to: number): void {
  ownSaves.set(`${id} ${from}`, to);
}

function afterOwnSaves(id: string, version: number): number {
  const next = ownSaves.get(`${id} ${version}`);
  return next === undefined || next <= version ? version : afterOwnSaves(id, next);
}

export type SaveField = (record: RecordData, field: Field, value: unknown) => Promise<boolean>;

/** A function that changes one field of a record. Answers whether it was saved. */
export function useSaveField(object: ObjectType | undefined): SaveField {
  const client = useQueryClient();
  const asking = useAsking();
  const label = useLabel();
  const wording = useWording();
  const { t } = useTranslation();

  return useCallback(
    async (record, field, value) => {
      if (!object || sameValue(field, record[field.name], value)) return true;
      const save = (base: RecordData, next: unknown, undoable: boolean): Promise<boolean> => {
        const before = base[field.name];
        cache.patchRecord(client, object.name, base.id, { [field.name]: next });
        return inTurn(base.id, async () => {
          const version = afterOwnSaves(base.id, base.version);
          try {
            const outcome = await change(
              object,
              { ...base, version },
              { [field.name]: next },
              asking,
            );
            if (outcome.kind === "left") {
              cache.patchRecord(client, object.name, base.id, { [field.name]: before });
              return false;
            }
            if (outcome.kind === "gone") cache.dropRecord(client, object.name, base.id);
            else {
              noteOwnSave(base.id, version, outcome.record.version);
              cache.patchRecord(client, object.name, base.id, outcome.record);
            }
            cache.refreshDerived(client, object.name);
            void client.invalidateQueries({ queryKey: ["timeline", object.name, base.id] });
            if (undoable) {
              const saved = outcome.kind === "saved" ? outcome.record : base;
              showToast({
                tone: "done",
                text: t("toast.changed", {
                  field: label(field.label),
                  value: valueText(field, next, wording),
                }),
                undo: async () => void (await save(saved, before, false)),
              });
            } else {
              showToast({ tone: "done", text: t("toast.undone", { field: label(field.label) }) });
            }
            return true;
          } catch (error) {
            cache.patchRecord(client, object.name, base.id, { [field.name]: before });
            showToast({
              tone: "failed",
              text: t("toast.notChanged", {
                field: label(field.label),
                reason: reasonOf(error, t("error.offline")),
              }),
              action: { label: t("action.retry"), run: () => void save(base, next, true) },
            });
            return false;
          }
        });
      };
      return save(record, value, true);
    },
    [object, client, asking, label, wording, t],
  );
}

/** The server's sentence on what went wrong, the field's own before the general one. */
export function reasonOf(error: unknown, offline: string): string {
  if (!(error instanceof ProblemError))
    return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return offline;
  const { errors, detail, title, hint } = error.problem;
  const sentence = errors?.[0]?.message ?? detail ?? title ?? error.code;
  return hint ? `${sentence} ${hint}` : sentence;
}
