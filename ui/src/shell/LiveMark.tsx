import { Tooltip } from "antd";
import { CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useSlow } from "~/app/screen";
import { useLiveState } from "~/live/live";
import styles from "./nav.module.css";

/** Says quietly that changes of others don't arrive; nothing while they do. */
export function LiveMark({ folded }: { folded: boolean }) {
  const { t } = useTranslation();
  const lost = useSlow(useLiveState() === "lost");
  if (!lost) return null;
  return (
    <Tooltip title={t("live.lostText")} placement="right">
      <p className={styles.live} role="status">
        <CloudOff size={14} strokeWidth={1.75} aria-hidden />
        {folded ? <span className="visually-hidden">{t("live.lost")}</span> : t("live.lost")}
      </p>
    </Tooltip>
  );
}
