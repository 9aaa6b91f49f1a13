import { Button } from "antd";
import { Check, ChevronRight, FileSpreadsheet, UploadCloud, X } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useObject } from "~/api/queries";
import type { ObjectType } from "~/api/types";
import { Failed } from "~/app/failed";
import { useLabel } from "~/app/words";
import { exact } from "~/format/numbers";
import { IconButton } from "~/signs/signs";
import { CheckStep } from "./CheckStep";
import { ImportResult } from "./ImportResult";
import type { Preview } from "./imports";
import styles from "./imports.module.css";
import { MappingStep } from "./MappingStep";
import { STEPS, type Step, useWizard } from "./wizard";

interface ImportWizardProps {
  object: string;
  onClose: () => void;
}

/** From a file to records, in four steps; nothing is written before the last. */
export function ImportWizard({ object: name, onClose }: ImportWizardProps) {
  const object = useObject(name);
  if (object.error) return <Failed error={object.error} onRetry={() => void object.refetch()} />;
  if (!object.data) return null;
  return <Wizard object={object.data} onClose={onClose} />;
}

function Wizard({ object, onClose }: { object: ObjectType; onClose: () => void }) {
  const wizard = useWizard(object);
  const { step, file, preview } = wizard;
  return (
    <div className={styles.page}>
      <WizardHead object={object} step={step} onClose={onClose} />
      {wizard.problem && (
        <p className={styles.alert} role="alert">
          {wizard.problem}
        </p>
      )}
      {step === "upload" && (
        <Upload busy={wizard.busy} onFile={(chosen) => void wizard.upload(chosen)} />
      )}
      {step !== "upload" && file && preview && (
        <FileLine
          file={file}
          preview={preview}
          onChange={step === "run" ? undefined : wizard.restart}
        />
      )}
      {step === "map" && preview && (
        <MappingStep
          object={object}
          preview={preview}
          mapping={wizard.mapping}
          mode={wizard.mode}
          keyField={wizard.keyField}
          busy={wizard.busy}
          onMapping={wizard.setMapping}
          onMode={wizard.setMode}
          onKey={wizard.setKeyField}
          onBack={wizard.restart}
          onNext={() => void wizard.toCheck()}
        />
      )}
      {step === "check" && preview && (
        <CheckStep
          object={object}
          preview={preview}
          mapping={wizard.mapping}
          busy={wizard.busy}
          checkId={wizard.checkId}
          onCheckAll={() => void wizard.checkAll()}
          onBack={() => wizard.go("map")}
          onNext={() => void wizard.run()}
        />
      )}
      {step === "run" && wizard.id && <ImportResult id={wizard.id} object={object.name} />}
    </div>
  );
}

function WizardHead({
  object,
  step,
  onClose,
}: {
  object: ObjectType;
  step: Step;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  const at = STEPS.indexOf(step);
  return (
    <header className={styles.head}>
      <nav className={styles.way} aria-label={t("record.way")}>
        <Link to={`/records/${object.name}`}>{label(object.label_plural ?? object.label)}</Link>
        <ChevronRight size={14} strokeWidth={1.75} aria-hidden />
        <h1>{t("imports.one")}</h1>
      </nav>
      <ol className={styles.steps}>
        {STEPS.map((name, index) => (
          <li
            key={name}
            className={index < at ? styles.past : index === at ? styles.present : undefined}
            aria-current={index === at ? "step" : undefined}
          >
            <i>{index < at ? <Check size={13} strokeWidth={2} aria-hidden /> : index + 1}</i>
            <span>{t(`imports.step.${name}`)}</span>
          </li>
        ))}
      </ol>
      <IconButton icon={X} name={t("action.close")} onClick={onClose} />
    </header>
  );
}

const ACCEPTED = ".csv,.xlsx,.xls,.txt";

function Upload({ busy, onFile }: { busy: boolean; onFile: (file: File) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const handleDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    <section
      className={`${styles.drop} ${over ? styles.over : ""}`}
      aria-label={t("imports.step.upload")}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={handleDrop}
    >
      <UploadCloud size={32} strokeWidth={1.5} aria-hidden />
      <p>{t("imports.drop")}</p>
      <small>{t("imports.formats")}</small>
      <input
        ref={input}
        type="file"
        accept={ACCEPTED}
        hidden
        data-testid="import-file"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
        }}
      />
      <Button type="primary" loading={busy} onClick={() => input.current?.click()}>
        {t("empty.importAct")}
      </Button>
    </section>
  );
}

function FileLine({
  file,
  preview,
  onChange,
}: {
  file: File;
  preview: Preview;
  onChange: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  const facts = [
    preview.sheet && t("imports.sheet", { name: preview.sheet }),
    t("imports.rows", { count: preview.rows, shown: exact(preview.rows) }),
    t("imports.columns", { count: preview.columns.length }),
    preview.encoding,
  ];
  return (
    <div className={styles.file}>
      <FileSpreadsheet size={18} strokeWidth={1.75} aria-hidden />
      <strong>{file.name}</strong>
      <span>{facts.filter(Boolean).join(t("imports.comma"))}</span>
      <span className={styles.spread} />
      {onChange && (
        <Button type="text" size="small" onClick={onChange}>
          {t("imports.otherFile")}
        </Button>
      )}
    </div>
  );
}
