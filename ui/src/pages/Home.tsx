import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { useMe } from "~/api/queries";
import { homeItem, pathOf } from "~/shell/menu";

export default function Home() {
  const { t } = useTranslation();
  const me = useMe().data;
  const home = me ? homeItem(me.menu) : null;
  if (home) return <Navigate to={pathOf(home.page)} replace />;
  return <p style={{ padding: 32 }}>{t("shell.nothing")}</p>;
}
