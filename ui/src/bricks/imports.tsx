import { Select } from "antd";
import { FileSpreadsheet } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useMe, useObjects } from "~/api/queries";
import { Failed } from "~/app/failed";
import { useLabel, useWording } from "~/app/words";
import { Time } from "~/fields/Value";
import { when } from "~/format/dates";
import { ImportResult } from "~/imports/ImportResult";
import { ImportWizard } from "~/imports/ImportWizard";
import { type Import, useImports } from "~/imports/imports";
import styles from "~/imports/imports.module.css";
import { StateTag } from "~/imports/StateTag";
import { usePageDefinition } from "./place";

/** The imports of the past, and the way to a new one. `?object=` begins one at once. */
export default function Imports() {
  const [search, setSearch] = useSearchParams();
  const object = search.get("object");
  if (object)
    return (
      <ImportWizard key={object} object={object} onClose={() => setSearch({}, { replace: true })} />
    );
  return <ImportList onStart={(name) => setSearch({ object: name })} />;
}

function ImportList({ onStart }: { onStart: (object: string) => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const page = usePageDefinition();
  const imports = useImports();
  const [open, setOpen] = useState<string | null>(null);
  const me = useMe().data;
  const names = Object.entries(me?.objects ?? {}).flatMap(([name, { acts }]) =>
    acts.includes("import") ? [name] : [],
  );
  const objects = useObjects([
    ...new Set([...names, ...(imports.data ?? []).map((item) => item.object)]),
  ]);
  const list = imports.data ?? [];
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{label(page?.label) || t("imports.title")}</h1>
        <span className={styles.spread} />
        <Select
          className={styles.start}
          aria-label={t("imports.start")}
          placeholder={t("imports.start")}
          showSearch
          optionFilterProp="label"
          value={null}
          options={names
            .filter((name) => objects[name] && !objects[name].line_of)
            .map((name) => ({ value: name, label: label(objects[name]?.label) }))}
          onChange={(name: string | null) => name && onStart(name)}
        />
      </header>
      {imports.error && <Failed error={imports.error} onRetry={() => void imports.refetch()} />}
      {imports.data && list.length === 0 && <NoImports />}
      <ul className={styles.list}>
        {list.map((item) => (
          <li key={item.id}>
            <ImportRow
              item={item}
              name={label(objects[item.object]?.label) || item.object}
              open={open === item.id}
              onToggle={() => setOpen(open === item.id ? null : item.id)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface ImportRowProps {
  item: Import;
  name: string;
  open: boolean;
  onToggle: () => void;
}

function ImportRow({ item, name, open, onToggle }: ImportRowProps) {
  const wording = useWording();
  return (
    <>
      <button type="button" className={styles.row} aria-expanded={open} onClick={onToggle}>
        <FileSpreadsheet size={16} strokeWidth={1.75} aria-hidden />
        <strong>{item.file}</strong>
        <span>{name}</span>
        <StateTag state={item.state} checked={item.mode === "check"} />
        <span className={styles.spread} />
        <small>
          <Time iso={item.created_at} text={when(item.created_at, wording)} />
        </small>
      </button>
      {open && <ImportResult id={item.id} object={item.object} />}
    </>
  );
}

function NoImports() {
  const { t } = useTranslation();
  return (
    <div className={styles.none}>
      <FileSpreadsheet size={28} strokeWidth={1.5} aria-hidden />
      <p>{t("imports.none")}</p>
      <small>{t("imports.noneText")}</small>
    </div>
  );
}
