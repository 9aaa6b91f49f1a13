/** The frame of every page: navigation, search, the sheet; on a phone the bar below. */
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet } from "react-router";
import { useMe, useWorkspace } from "~/api/queries";
import { Boundary, Failed } from "~/app/failed";
import { useNarrow, usePhone } from "~/app/screen";
import { useLabel } from "~/app/words";
import { changeLanguage, storedLanguage } from "~/i18n";
import { useLive } from "~/live/live";
import { Nav } from "./Nav";
import { PhoneBar } from "./PhoneBar";
import { SearchDialog } from "./Search";
import styles from "./shell.module.css";

export function Shell() {
  const me = useMe();
  const phone = usePhone();
  const { t } = useTranslation();
  const [searching, setSearching] = useState(false);
  useServerLanguage(me.data?.user.language);
  useSearchKey(() => setSearching(true));

  if (me.error) return <Failed error={me.error} onRetry={() => void me.refetch()} />;
  if (!me.data) return null;
  return (
    <div className={styles.shell}>
      <LiveConnection user={me.data.user.id} />
      <WindowTitle />
      <a href="#content" className={styles.skip}>
        {t("shell.skip")}
      </a>
      {!phone && <SideNav onSearch={() => setSearching(true)} />}
      <main id="content" className={styles.sheet}>
        <Boundary>
          <Outlet />
        </Boundary>
      </main>
      {phone && <PhoneBar me={me.data} onSearch={() => setSearching(true)} />}
      {searching && <SearchDialog onClose={() => setSearching(false)} />}
    </div>
  );
}

function SideNav({ onSearch }: { onSearch: () => void }) {
  const narrow = useNarrow();
  const [folded, setFolded] = useState(() => localStorage.getItem("sanhuan.nav") === "folded");
  const me = useMe().data;
  if (!me) return null;
  const toggle = () => {
    localStorage.setItem("sanhuan.nav", folded ? "open" : "folded");
    setFolded(!folded);
  };
  return (
    <Nav
      me={me}
      folded={narrow || folded}
      onFold={narrow ? undefined : toggle}
      onSearch={onSearch}
    />
  );
}

/** Mounted only for who is signed in. */
function LiveConnection({ user }: { user: string }) {
  useLive(user);
  return null;
}

/** A person's own language holds until another is chosen in this browser. */
function useServerLanguage(language: string | null | undefined): void {
  useEffect(() => {
    if (storedLanguage() || !language) return;
    void changeLanguage(language.startsWith("en") ? "en" : "zh");
  }, [language]);
}

function useSearchKey(open: () => void): void {
  useEffect(() => {
    const handleKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      open();
    };
    window.addEventListener("keydown", handleKey);
    return () => window.removeEventListener("keydown", handleKey);
  });
}

/** The window is named by the page's own heading, which arrives with its data. */
function WindowTitle() {
  const label = useLabel();
  const workspace = useWorkspace().data;
  useEffect(() => {
    const name = workspace ? label(workspace.name) : "";
    const settle = () => {
      const heading = document.querySelector("h1")?.textContent;
      document.title = [heading, name].filter(Boolean).join(" - ");
    };
    settle();
    const observer = new MutationObserver(settle);
    const content = document.getElementById("content");
    if (content) observer.observe(content, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [label, workspace]);
  return null;
}
