import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useObject, usePage, useRecord } from "~/api/queries";
import type { Page } from "~/api/types";
import { Failed } from "~/app/failed";
import { useSlow } from "~/app/screen";
import { useLabel } from "~/app/words";
import { Bricks } from "~/bricks/Bricks";
import { FormProvider } from "~/forms/form";
import { RecordSkeleton } from "~/records/RecordSkeleton";
import styles from "./record-page.module.css";

/** Makes a record, or changes one in all its fields. */
export default function FormPage() {
  const { object: name = "", id } = useParams();
  const { t } = useTranslation();
  const label = useLabel();
  const object = useObject(name);
  const record = useRecord(name, id);
  const page = usePage(`${name}.form`, standard(name));
  const error = object.error ?? record.error ?? page.error;
  const waiting = !object.data || !page.data || (id !== undefined && !record.data);
  const slow = useSlow(waiting);

  if (error) return <Failed error={error} onRetry={() => void object.refetch()} />;
  if (!object.data || !page.data || (id && !record.data)) return slow ? <RecordSkeleton /> : null;
  const title = id
    ? t("form.edit", { title: String(record.data?.[object.data.title_field] ?? "") })
    : t("action.createOne", { object: label(object.data.label) });
  return (
    <>
      <header className={styles.head}>
        <nav aria-label={t("record.way")} className={styles.way}>
          <Link to={`/records/${name}`}>
            {label(object.data.label_plural ?? object.data.label)}
          </Link>
          <ChevronRight size={14} strokeWidth={1.75} aria-hidden />
          <h1>{title}</h1>
        </nav>
      </header>
      <FormProvider key={id ?? "new"} object={object.data} record={id ? record.data : undefined}>
        <Bricks layout={page.data.layout} />
      </FormProvider>
    </>
  );
}

function standard(object: string): Page {
  return {
    id: object,
    name: `${object}.form`,
    label: { zh: "" },
    kind: "form",
    object,
    layout: [{ brick: "form" }],
  };
}
