import { useQueryClient } from "@tanstack/react-query";
import { Dropdown } from "antd";
import { Check, KeyRound, Languages, LogOut } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { request } from "~/api/client";
import type { Me } from "~/api/types";
import { useLanguage } from "~/app/words";
import { changeLanguage } from "~/i18n";
import { Avatar } from "~/signs/signs";
import styles from "./nav.module.css";
import { PasswordDialog } from "./PasswordDialog";

/** Ends the session and leads back to the sign-in page. */
export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await request("DELETE", "/session").catch(() => {});
    client.clear();
    await navigate("/sign-in", { replace: true });
  };
}

/** Changes the language and asks anew for what the server words. */
export function useChangeLanguage(): (language: "zh" | "en") => Promise<void> {
  const client = useQueryClient();
  return async (language) => {
    await changeLanguage(language);
    await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "metric" });
  };
}

interface UserMenuProps {
  me: Me;
  folded: boolean;
  children?: ReactNode;
}

export function UserMenu({ me, folded, children }: UserMenuProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const signOut = useSignOut();
  const change = useChangeLanguage();
  const [changing, setChanging] = useState(false);
  const mark = (chosen: boolean) =>
    chosen ? <Check size={14} aria-hidden /> : <span style={{ width: 14 }} />;
  const items = [
    {
      key: "who",
      type: "group" as const,
      label: [me.user.login, me.user.department?.title].filter(Boolean).join(" \u00b7 "),
    },
    {
      key: "language",
      label: t("user.language"),
      icon: <Languages size={14} aria-hidden />,
      children: [
        { key: "zh", label: t("user.zh"), icon: mark(language === "zh") },
        { key: "en", label: t("user.en"), icon: mark(language === "en") },
      ],
    },
    { key: "password", label: t("password.title"), icon: <KeyRound size={14} aria-hidden /> },
    { type: "divider" as const },
    { key: "sign-out", label: t("user.signOut"), icon: <LogOut size={14} aria-hidden /> },
  ];
  const handle = (key: string) => {
    if (key === "sign-out") void signOut();
    else if (key === "password") setChanging(true);
    else if (key === "zh" || key === "en") void change(key);
  };
  return (
    <div className={styles.userRow}>
      {changing && <PasswordDialog onClose={() => setChanging(false)} />}
      <Dropdown
        menu={{ items, onClick: ({ key }) => handle(key) }}
        trigger={["click"]}
        placement="topLeft"
      >
        <button
          type="button"
          className={styles.user}
          aria-label={t("user.menu", { name: me.user.name })}
        >
          <Avatar name={me.user.name} size={22} />
          {!folded && <span>{me.user.name}</span>}
        </button>
      </Dropdown>
      {children}
    </div>
  );
}
