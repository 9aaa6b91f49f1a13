import { Drawer } from "antd";
import { Inbox, Languages, List, LogOut, Plus, Search, UserRound } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useNavigate } from "react-router";
import { useObjects } from "~/api/queries";
import type { Me } from "~/api/types";
import { useLabel, useLanguage } from "~/app/words";
import { iconOf } from "~/signs/icons";
import { Avatar } from "~/signs/signs";
import { homeItem, isChosen, listedObject, menuParts, pageOf, pathOf } from "./menu";
import styles from "./phone.module.css";
import { useChangeLanguage, useSignOut } from "./UserMenu";

/** Home, tasks, create, the first list, and everything else: at the thumb. */
export function PhoneBar({ me, onSearch }: { me: Me; onSearch: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const { pathname } = useLocation();
  const [sheet, setSheet] = useState<"create" | "mine" | null>(null);
  const home = homeItem(me.menu);
  const HomeIcon = iconOf(home?.icon);
  const tasks = pageOf(me.menu, "tasks");
  const items = menuParts(me.menu).groups.flatMap((group) => group.items);
  const list = items.find((item) => listedObject(item.page) && item !== home);
  const ListIcon = list ? iconOf(list.icon) : List;
  const close = () => setSheet(null);
  return (
    <>
      <nav className={styles.bar} aria-label={t("shell.navigation")}>
        {home && (
          <Entry
            to={pathOf(home.page)}
            chosen={isChosen(home.page, pathname)}
            name={label(home.label)}
          >
            <HomeIcon size={22} strokeWidth={1.75} aria-hidden />
          </Entry>
        )}
        <Entry to={pathOf(tasks)} chosen={isChosen(tasks, pathname)} name={t("tasks.title")}>
          <Inbox size={22} strokeWidth={1.75} aria-hidden />
        </Entry>
        <button
          type="button"
          className={styles.create}
          aria-label={t("action.create")}
          onClick={() => setSheet("create")}
        >
          <Plus size={24} strokeWidth={2} aria-hidden />
        </button>
        {list && (
          <Entry
            to={pathOf(list.page)}
            chosen={isChosen(list.page, pathname)}
            name={label(list.label)}
          >
            <ListIcon size={22} strokeWidth={1.75} aria-hidden />
          </Entry>
        )}
        <button type="button" className={styles.entry} onClick={() => setSheet("mine")}>
          <UserRound size={22} strokeWidth={1.75} aria-hidden />
          {t("shell.mine")}
        </button>
      </nav>
      <CreateSheet me={me} open={sheet === "create"} onClose={close} />
      <MineSheet me={me} open={sheet === "mine"} onClose={close} onSearch={onSearch} />
    </>
  );
}

interface EntryProps {
  to: string;
  chosen: boolean;
  name: string;
  children: ReactNode;
}

function Entry({ to, chosen, name, children }: EntryProps) {
  return (
    <Link
      to={to}
      className={`${styles.entry} ${chosen ? styles.chosen : ""}`}
      aria-current={chosen ? "page" : undefined}
    >
      {children}
      {name}
    </Link>
  );
}

interface SheetProps {
  me: Me;
  open: boolean;
  onClose: () => void;
}

function CreateSheet({ me, open, onClose }: SheetProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const names = menuParts(me.menu)
    .groups.flatMap((group) => group.items)
    .flatMap((item) => listedObject(item.page) ?? [])
    .filter((name) => me.objects[name]?.acts.includes("create"));
  const objects = useObjects(open ? names : []);
  return (
    <Drawer title={t("action.create")} placement="bottom" open={open} onClose={onClose} size="auto">
      <ul className={styles.sheet}>
        {names.map((name) => {
          const Icon = iconOf(objects[name]?.icon);
          return (
            <li key={name}>
              <Link to={`/records/${name}/new`} onClick={onClose}>
                <Icon size={22} strokeWidth={1.75} aria-hidden />
                {label(objects[name]?.label) || name}
              </Link>
            </li>
          );
        })}
      </ul>
    </Drawer>
  );
}

function MineSheet({ me, open, onClose, onSearch }: SheetProps & { onSearch: () => void }) {
  const { t } = useTranslation();
  const label = useLabel();
  const navigate = useNavigate();
  const language = useLanguage();
  const change = useChangeLanguage();
  const signOut = useSignOut();
  const parts = menuParts(me.menu);
  const go = (path: string) => {
    onClose();
    void navigate(path);
  };
  return (
    <Drawer
      title={
        <span className={styles.who}>
          <Avatar name={me.user.name} size={32} />
          {me.user.name}
        </span>
      }
      placement="bottom"
      open={open}
      onClose={onClose}
      size="88%"
    >
      <ul className={styles.sheet}>
        <li>
          <button
            type="button"
            onClick={() => {
              onClose();
              onSearch();
            }}
          >
            <Search size={22} strokeWidth={1.75} aria-hidden />
            {t("search.open")}
          </button>
        </li>
      </ul>
      {parts.groups.map((group) => (
        <section key={group.app}>
          <h2 className={styles.group}>{label(group.label)}</h2>
          <ul className={styles.sheet}>
            {group.items.map((item) => {
              const Icon = iconOf(item.icon);
              return (
                <li key={item.page}>
                  <button type="button" onClick={() => go(pathOf(item.page))}>
                    <Icon size={22} strokeWidth={1.75} aria-hidden />
                    {label(item.label)}
                  </button>
                </li>
              );
            })}
          </ul>
        </section>
      ))}
      <h2 className={styles.group}>{t("shell.more")}</h2>
      <ul className={styles.sheet}>
        {parts.last.map((item) => {
          const Icon = iconOf(item.icon);
          return (
            <li key={item.page}>
              <button type="button" onClick={() => go(pathOf(item.page))}>
                <Icon size={22} strokeWidth={1.75} aria-hidden />
                {label(item.label)}
              </button>
            </li>
          );
        })}
        <li>
          <button type="button" onClick={() => void change(language === "zh" ? "en" : "zh")}>
            <Languages size={22} strokeWidth={1.75} aria-hidden />
            {t("user.otherLanguage")}
          </button>
        </li>
        <li>
          <button type="button" onClick={() => void signOut()}>
            <LogOut size={22} strokeWidth={1.75} aria-hidden />
            {t("user.signOut")}
          </button>
        </li>
      </ul>
    </Drawer>
  );
}
