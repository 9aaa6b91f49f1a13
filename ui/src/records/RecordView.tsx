/** A record by its page's definition: on a page of its own, or in the panel beside a list. */
import { useObject, usePage, useRecord } from "~/api/queries";
import type { Page } from "~/api/types";
import { Failed } from "~/app/failed";
import { useSlow } from "~/app/screen";
import { Bricks } from "~/bricks/Bricks";
import { PageContext, RecordPlaceContext } from "~/bricks/place";
import { RecordSkeleton } from "./RecordSkeleton";
import styles from "./record-view.module.css";

interface RecordViewProps {
  object: string;
  id: string;
  panel?: boolean;
}

export function RecordView({ object: name, id, panel = false }: RecordViewProps) {
  const object = useObject(name);
  const record = useRecord(name, id);
  const page = usePage(`${name}.record`, standard(name));
  const error = record.error ?? object.error ?? page.error;
  const waiting = !record.data || !object.data || !page.data;
  const slow = useSlow(waiting);

  if (error) {
    return <Failed error={error} onRetry={() => void record.refetch()} />;
  }
  if (!record.data || !object.data || !page.data) return slow ? <RecordSkeleton /> : null;
  return (
    <PageContext value={page.data}>
      <RecordPlaceContext value={{ object: object.data, record: record.data, panel }}>
        <article className={`${styles.view} ${panel ? styles.panel : ""}`}>
          <Bricks layout={page.data.layout} />
        </article>
      </RecordPlaceContext>
    </PageContext>
  );
}

function standard(object: string): Page {
  return {
    id: object,
    name: `${object}.record`,
    label: { zh: "" },
    kind: "record",
    object,
    layout: [
      { brick: "record-header" },
      {
        brick: "columns",
        props: { widths: [300, 1] },
        children: [{ brick: "facts" }, { brick: "timeline" }],
      },
    ],
  };
}
