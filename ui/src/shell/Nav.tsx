import { Tooltip } from "antd";
import { ChevronsUpDown, PanelLeftClose, PanelLeftOpen, Search } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { useWorkspace } from "~/api/queries";
import type { Me, MenuItem } from "~/api/types";
import { useLabel } from "~/app/words";
import { cappedCount } from "~/format/numbers";
import { iconOf } from "~/signs/icons";
import { IconButton, Rings } from "~/signs/signs";
import { useOpenTasks } from "~/tasks/tasks";
import { AppsMenu } from "./AppsMenu";
import { LiveMark } from "./LiveMark";
import { isChosen, isTasks, menuParts, pathOf } from "./menu";
import styles from "./nav.module.css";
import { UserMenu } from "./UserMenu";

interface NavProps {
  me: Me;
  folded: boolean;
  /** Absent where the width decides. */
  onFold: (() => void) | undefined;
  onSearch: () => void;
}

export function Nav({ me, folded, onFold, onSearch }: NavProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const workspace = useWorkspace().data;
  const parts = menuParts(me.menu);
  return (
    <nav
      className={`${styles.nav} ${folded ? styles.folded : ""}`}
      aria-label={t("shell.navigation")}
    >
      <AppsMenu groups={parts.groups}>
        <button type="button" className={styles.brand} aria-label={t("shell.apps")}>
          <Rings />
          {!folded && <span className={styles.brandName}>{label(workspace?.name)}</span>}
          {!folded && <ChevronsUpDown size={14} strokeWidth={1.75} aria-hidden />}
        </button>
      </AppsMenu>
      {folded ? (
        <div className={styles.foldedSearch}>
          <IconButton icon={Search} name={t("search.open")} hint="Ctrl K" onClick={onSearch} />
        </div>
      ) : (
        <button type="button" className={styles.search} onClick={onSearch}>
          <Search size={16} strokeWidth={1.75} aria-hidden />
          <span>{t("search.box")}</span>
          <kbd>Ctrl K</kbd>
        </button>
      )}
      <div className={styles.scroll}>
        <Items items={parts.first} folded={folded} />
        {parts.groups.map((group) => (
          <section key={group.app} aria-label={label(group.label)}>
            {!folded && <h2 className={styles.group}>{label(group.label)}</h2>}
            {folded && <hr className={styles.rule} />}
            <Items items={group.items} folded={folded} />
          </section>
        ))}
      </div>
      <div className={styles.foot}>
        <LiveMark folded={folded} />
        <Items items={parts.last} folded={folded} />
        <UserMenu me={me} folded={folded}>
          {onFold && (
            <IconButton
              icon={folded ? PanelLeftOpen : PanelLeftClose}
              name={t(folded ? "shell.unfold" : "shell.fold")}
              onClick={onFold}
            />
          )}
        </UserMenu>
      </div>
    </nav>
  );
}

function Items({ items, folded }: { items: MenuItem[]; folded: boolean }) {
  return (
    <ul>
      {items.map((item) => (
        <li key={item.page}>
          <Item item={item} folded={folded} />
        </li>
      ))}
    </ul>
  );
}

function Item({ item, folded }: { item: MenuItem; folded: boolean }) {
  const label = useLabel();
  const { pathname } = useLocation();
  const Icon = iconOf(item.icon);
  const chosen = isChosen(item.page, pathname);
  const link = (
    <Link
      to={pathOf(item.page)}
      className={`${styles.item} ${chosen ? styles.chosen : ""}`}
      aria-current={chosen ? "page" : undefined}
      aria-label={folded ? label(item.label) : undefined}
    >
      <Icon size={16} strokeWidth={1.75} aria-hidden />
      {!folded && <span className={styles.itemName}>{label(item.label)}</span>}
      {!folded && isTasks(item.page) && <TaskCount />}
    </Link>
  );
  if (!folded) return link;
  return (
    <Tooltip title={label(item.label)} placement="right" mouseEnterDelay={0.3}>
      {link}
    </Tooltip>
  );
}

function TaskCount() {
  const open = useOpenTasks();
  return open ? <span className={styles.count}>{cappedCount(open)}</span> : null;
}
