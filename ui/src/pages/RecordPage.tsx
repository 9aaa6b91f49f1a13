import { ChevronLeft, ChevronRight, SquarePen } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useObject, useRecord } from "~/api/queries";
import { usePhone } from "~/app/screen";
import { useLabel } from "~/app/words";
import { RecordMenu } from "~/records/RecordMenu";
import { RecordView } from "~/records/RecordView";
import { IconButton } from "~/signs/signs";
import styles from "./record-page.module.css";

export default function RecordPage() {
  const { object: name = "", id = "" } = useParams();
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const phone = usePhone();
  const object = useObject(name).data;
  const record = useRecord(name, id).data;
  const title = object && record ? String(record[object.title_field] ?? "") : "";
  return (
    <>
      <header className={styles.head}>
        {phone ? (
          <IconButton
            icon={ChevronLeft}
            size={22}
            name={t("action.back")}
            onClick={() => void navigate(-1)}
          />
        ) : (
          <nav aria-label={t("record.way")} className={styles.way}>
            <Link to={`/records/${name}`}>{label(object?.label_plural ?? object?.label)}</Link>
            <ChevronRight size={14} strokeWidth={1.75} aria-hidden />
            <span>{title}</span>
          </nav>
        )}
        <span className={styles.acts}>
          {object && record && record._can?.includes("edit") !== false && (
            <IconButton
              icon={SquarePen}
              name={t("record.editAll")}
              onClick={() => void navigate(`/records/${name}/${id}/edit`)}
            />
          )}
          {object && record && (
            <RecordMenu
              object={object}
              record={record}
              onGone={() => void navigate(`/records/${name}`)}
            />
          )}
        </span>
      </header>
      <RecordView key={id} object={name} id={id} />
    </>
  );
}
