import { useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { Languages, Server } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { post } from "~/api/client";
import { useWorkspace } from "~/api/queries";
import type { Workspace } from "~/api/types";
import { useLabel, useLanguage } from "~/app/words";
import { changeLanguage } from "~/i18n";
import { reasonOf } from "~/records/editing";
import { Avatar, Rings } from "~/signs/signs";
import { safePath } from "./next";
import { RingsPicture } from "./RingsPicture";
import styles from "./sign-in.module.css";

type DemoPerson = Workspace["demo_people"][number];

export default function SignIn() {
  const { t } = useTranslation();
  const label = useLabel();
  const workspace = useWorkspace().data;
  const { login, setLogin, password, setPassword, problem, sending, signIn } = useSignIn();
  const handleSubmit = (event: FormEvent) => {
    event.preventDefault();
    void signIn(login, password);
  };
  return (
    <Entrance>
      <form className={styles.form} onSubmit={handleSubmit}>
        <h1>{t("signIn.title", { name: label(workspace?.name) })}</h1>
        <p className={styles.lead}>{t("signIn.lead")}</p>
        <label htmlFor="login">{t("signIn.login")}</label>
        <Input
          id="login"
          size="large"
          autoFocus
          autoComplete="username"
          value={login}
          onChange={(event) => setLogin(event.target.value)}
        />
        <label htmlFor="password">{t("signIn.password")}</label>
        <Input.Password
          id="password"
          size="large"
          autoComplete="current-password"
          value={password}
          status={problem ? "error" : ""}
          aria-describedby={problem ? "sign-in-problem" : undefined}
          onChange={(event) => setPassword(event.target.value)}
        />
        <p id="sign-in-problem" className={styles.problem} role="alert">
          {problem}
        </p>
        <Button
          type="primary"
          size="large"
          block
          htmlType="submit"
          loading={sending}
          disabled={!login || !password}
        >
          {t("signIn.submit")}
        </Button>
        {workspace && workspace.demo_people.length > 0 && (
          <DemoPeople
            people={workspace.demo_people}
            onChoose={(person) => void signIn(person.login, person.password)}
          />
        )}
      </form>
    </Entrance>
  );
}

/** The frame that signing in and accepting an invitation share. */
export function Entrance({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <div className={styles.page}>
      <main className={styles.side}>
        <header className={styles.head}>
          <span className={styles.product}>
            <Rings size={26} />
            {t("product.name")}
          </span>
          <button
            type="button"
            className={styles.language}
            onClick={() => void changeLanguage(language === "zh" ? "en" : "zh")}
          >
            <Languages size={14} strokeWidth={1.75} aria-hidden />
            {t("user.otherLanguage")}
          </button>
        </header>
        {children}
        <footer className={styles.foot}>
          <Server size={14} strokeWidth={1.75} aria-hidden />
          {t("signIn.ownServer")}
        </footer>
      </main>
      <RingsPicture />
    </div>
  );
}

function DemoPeople({
  people,
  onChoose,
}: {
  people: DemoPerson[];
  onChoose: (person: DemoPerson) => void;
}) {
  const { t } = useTranslation();
  const label = useLabel();
  return (
    <section className={styles.demo} aria-label={t("signIn.demo")}>
      <p className={styles.or}>{t("signIn.demo")}</p>
      <ul>
        {people.map((person) => (
          <li key={person.login}>
            <button type="button" onClick={() => onChoose(person)}>
              <Avatar name={person.name} size={28} />
              <span>
                <strong>{person.name}</strong>
                <small>{label(person.title)}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p className={styles.made}>{t("signIn.madeUp")}</p>
    </section>
  );
}

function useSignIn() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [sending, setSending] = useState(false);

  const signIn = async (name: string, secret: string) => {
    setSending(true);
    setProblem("");
    try {
      await post("/session", { login: name.trim(), password: secret });
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "workspace" });
      await navigate(safePath(search.get("next")), { replace: true });
    } catch (error) {
      setProblem(reasonOf(error, t("error.offline")));
    } finally {
      setSending(false);
    }
  };
  return { login, setLogin, password, setPassword, problem, sending, signIn };
}
