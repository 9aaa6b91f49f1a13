import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { useMe } from "~/api/queries";
import { homePath } from "~/shell/menu";

export default function Home() {
  const { t } = useTranslation();
  const me = useMe().data;
  const path = me ? homePath(me.menu) : null;
  if (path) return <Navigate to={path} replace />;
  return <p style={{ padding: 32 }}>{t("shell.nothing")}</p>;
}
