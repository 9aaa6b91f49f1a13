/** The two questions that a save may have to ask, as dialogs that answer with a promise. */
import { Button, Input, Modal, Radio } from "antd";
import { TriangleAlert } from "lucide-react";
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ObjectType, Warning } from "~/api/types";
import { fullText } from "~/fields/values";
import type { Asking, Clash } from "~/records/saving";
import styles from "./asking.module.css";
import { useLabel, useWording } from "./words";

type Question =
  | { kind: "consent"; warnings: Warning[]; answer: (reason: string | null) => void }
  | {
      kind: "clash";
      object: ObjectType;
      clashes: Clash[];
      answer: (kept: string[] | null) => void;
    };

const AskingContext = createContext<Asking | null>(null);

export function useAsking(): Asking {
  const asking = useContext(AskingContext);
  if (!asking) throw new Error("useAsking outside AskingProvider");
  return asking;
}

export function AskingProvider({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const asking = useMemo<Asking>(
    () => ({
      consent: (warnings) =>
        new Promise((answer) => setQuestion({ kind: "consent", warnings, answer })),
      clash: (object, clashes) =>
        new Promise((answer) => setQuestion({ kind: "clash", object, clashes, answer })),
    }),
    [],
  );
  const close = () => setQuestion(null);
  return (
    <AskingContext value={asking}>
      {children}
      {question?.kind === "consent" && <ConsentDialog {...question} onClose={close} />}
      {question?.kind === "clash" && <ClashDialog {...question} onClose={close} />}
    </AskingContext>
  );
}

interface ConsentProps {
  warnings: Warning[];
  answer: (reason: string | null) => void;
  onClose: () => void;
}

function ConsentDialog({ warnings, answer, onClose }: ConsentProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const settle = (given: string | null) => {
    answer(given);
    onClose();
  };
  return (
    <Modal
      open
      title={t("consent.title")}
      onCancel={() => settle(null)}
      width={460}
      footer={
        <>
          <Button onClick={() => settle(null)}>{t("consent.back")}</Button>
          <Button type="primary" disabled={!reason.trim()} onClick={() => settle(reason.trim())}>
            {t("consent.goOn")}
          </Button>
        </>
      }
    >
      <ul className={styles.warnings}>
        {warnings.map((warning) => (
          <li key={warning.token}>
            <TriangleAlert size={16} strokeWidth={1.75} aria-hidden />
            {warning.message}
          </li>
        ))}
      </ul>
      <label className={styles.label} htmlFor="consent-reason">
        {t("consent.reason")}
      </label>
      <Input.TextArea
        id="consent-reason"
        autoFocus
        rows={3}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </Modal>
  );
}

interface ClashProps {
  object: ObjectType;
  clashes: Clash[];
  answer: (kept: string[] | null) => void;
  onClose: () => void;
}

function ClashDialog({ object, clashes, answer, onClose }: ClashProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const wording = useWording();
  const [mine, setMine] = useState<ReadonlySet<string>>(new Set());
  const settle = (kept: string[] | null) => {
    answer(kept);
    onClose();
  };
  const choose = (name: string, own: boolean) => {
    const next = new Set(mine);
    if (own) next.add(name);
    else next.delete(name);
    setMine(next);
  };
  return (
    <Modal
      open
      title={t("clash.title", { object: label(object.label) })}
      onCancel={() => settle(null)}
      width={520}
      footer={
        <>
          <Button onClick={() => settle(null)}>{t("clash.leave")}</Button>
          <Button type="primary" onClick={() => settle([...mine])}>
            {t("clash.save")}
          </Button>
        </>
      }
    >
      {clashes.map(({ field, mine: own, theirs }) => (
        <fieldset key={field.name} className={styles.clash}>
          <legend>{label(field.label)}</legend>
          <Radio.Group
            value={mine.has(field.name) ? "mine" : "theirs"}
            onChange={(event) => choose(field.name, event.target.value === "mine")}
            options={[
              {
                value: "theirs",
                label: t("clash.theirs", { value: fullText(field, theirs, wording) }),
              },
              { value: "mine", label: t("clash.mine", { value: fullText(field, own, wording) }) },
            ]}
          />
        </fieldset>
      ))}
    </Modal>
  );
}
