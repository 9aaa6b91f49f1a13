import { useQuery } from "@tanstack/react-query";
import { Clock, Siren } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { get, type ProblemError } from "~/api/client";
import type { Reference } from "~/api/types";
import { Failed } from "~/app/failed";
import { useSlow } from "~/app/screen";
import { useLabel, useWording } from "~/app/words";
import { Card, CardSkeleton } from "~/cards/Card";
import { Time } from "~/fields/Value";
import { deadline, when } from "~/format/dates";
import styles from "./gaps.module.css";
import { labelProp } from "./props";
import type { BrickProps } from "./registry";

/** A record that waits for someone, and until when it may. */
interface Gap {
  object: string;
  record: Reference;
  owner: Reference | null;
  since: string;
  due: string;
  left_seconds: number;
}

/** What waits in silence now, the most pressing first. */
export default function Gaps({ props }: BrickProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const gaps = useQuery<Gap[], ProblemError>({
    queryKey: ["gaps"],
    queryFn: async () => (await get<{ data: Gap[] }>("/gaps", { state: "open" })).data,
  });
  const slow = useSlow(gaps.isPending);
  const list = [...(gaps.data ?? [])].sort((one, other) => one.due.localeCompare(other.due));
  return (
    <Card
      title={label(labelProp(props.label)) || t("gaps.title")}
      note={gaps.data && t("gaps.count", { count: list.length })}
    >
      {gaps.error && <Failed small error={gaps.error} onRetry={() => void gaps.refetch()} />}
      {gaps.isPending && slow && <CardSkeleton />}
      {gaps.data && list.length === 0 && <p className={styles.none}>{t("gaps.none")}</p>}
      <ul className={styles.gaps}>
        {list.map((gap) => (
          <li key={gap.record.id}>
            <GapRow gap={gap} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function GapRow({ gap }: { gap: Gap }) {
  const { t } = useTranslation();
  const wording = useWording();
  const left = deadline(gap.due, wording);
  const Sign = left.urgency === "late" ? Siren : Clock;
  return (
    <Link to={`/records/${gap.object}/${gap.record.id}`} className={styles[left.urgency]}>
      <Sign size={16} strokeWidth={1.75} aria-hidden />
      <span className={styles.what}>
        <strong>{gap.record.title}</strong>
        <small>
          {gap.owner?.title ?? t("gaps.nobody")} · {t("gaps.since")} {when(gap.since, wording)}
        </small>
      </span>
      <span className={styles.left}>
        <Time iso={gap.due} text={left.text} />
      </span>
    </Link>
  );
}
