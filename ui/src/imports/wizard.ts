/** An import being prepared, apart from how it looks. */
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ObjectType } from "~/api/types";
import { reasonOf } from "~/records/editing";
import {
  fetchPreview,
  type ImportMode,
  type Mapping,
  type Preview,
  startImport,
  suggested,
} from "./imports";

export const STEPS = ["upload", "map", "check", "run"] as const;

export type Step = (typeof STEPS)[number];

/** After a change of the mapping, the file is looked at anew when this long nothing more is changed. */
const LOOK_AGAIN_MS = 400;

export function useWizard(object: ObjectType) {
  const { t } = useTranslation();
  const [step, setStep] = useState<Step>("upload");
  const [file, setFile] = useState<File | null>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [mapping, setMapping] = useState<Mapping>({});
  const [mode, setMode] = useState<Exclude<ImportMode, "check">>("each");
  const [keyField, setKeyField] = useState<string | null>(null);
  const [id, setId] = useState<string | null>(null);
  const [checkId, setCheckId] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const idempotencyKey = useRef(crypto.randomUUID());

  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    setProblem("");
    try {
      await act();
    } catch (error) {
      setProblem(reasonOf(error, t("error.offline")));
    } finally {
      setBusy(false);
    }
  };
  const upload = (chosen: File) =>
    attempt(async () => {
      const found = await fetchPreview(chosen, object.name, null, null);
      setFile(chosen);
      setPreview(found);
      setMapping(suggested(found));
      setStep("map");
    });
  const look = async () => {
    if (file) setPreview(await fetchPreview(file, object.name, mapping, keyField));
  };
  const order = (wanted: ImportMode) => ({
    file: file as File,
    object: object.name,
    mapping,
    mode: wanted,
    key: keyField,
  });

  useLookAgain(mapping, step === "map", () => void look().catch(() => {}));
  return {
    step,
    file,
    preview,
    mapping,
    mode,
    keyField,
    id,
    checkId,
    busy,
    problem,
    setMapping,
    setMode,
    setKeyField,
    upload,
    go: setStep,
    toCheck: () =>
      attempt(async () => {
        await look();
        setCheckId(null);
        setStep("check");
      }),
    /** Checks every row and writes none. */
    checkAll: () =>
      attempt(async () => {
        setCheckId(await startImport(order("check"), crypto.randomUUID()));
      }),
    run: () =>
      attempt(async () => {
        setId(await startImport(order(mode), idempotencyKey.current));
        setStep("run");
      }),
    restart: () => {
      setStep("upload");
      setPreview(null);
      setCheckId(null);
      idempotencyKey.current = crypto.randomUUID();
    },
  };
}

/** Calls `look` when the mapping has been changed by hand and then left alone for a moment. */
function useLookAgain(mapping: Mapping, active: boolean, look: () => void): void {
  const seen = useRef<Mapping | null>(null);
  const act = useRef(look);
  act.current = look;
  useEffect(() => {
    const isFirst = seen.current === null || !active;
    seen.current = active ? mapping : null;
    if (isFirst) return;
    const timer = setTimeout(() => act.current(), LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [mapping, active]);
}
