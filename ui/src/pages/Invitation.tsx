import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { get, type ProblemError, post } from "~/api/client";
import { useWorkspace } from "~/api/queries";
import { Failed } from "~/app/failed";
import { useLabel } from "~/app/words";
import { reasonOf } from "~/records/editing";
import { Entrance } from "./SignIn";
import styles from "./sign-in.module.css";

const SHORTEST_PASSWORD = 8;

interface Invited {
  name: string;
  login: string;
}

/** Where a link of an invitation leads: the person sets a password and is signed in. */
export default function Invitation() {
  const { token = "" } = useParams();
  const invited = useQuery<Invited, ProblemError>({
    queryKey: ["invitation", token],
    queryFn: () => get<Invited>(`/invitations/${encodeURIComponent(token)}`),
  });
  return (
    <Entrance>
      {invited.error && <Failed error={invited.error} onRetry={() => void invited.refetch()} />}
      {invited.data && <PasswordForm token={token} invited={invited.data} />}
      {!invited.data && !invited.error && <div className={styles.form} />}
    </Entrance>
  );
}

function PasswordForm({ token, invited }: { token: string; invited: Invited }) {
  const { t } = useTranslation();
  const label = useLabel();
  const client = useQueryClient();
  const navigate = useNavigate();
  const workspace = useWorkspace().data;
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [problem, setProblem] = useState("");
  const [sending, setSending] = useState(false);
  const differs = again !== "" && again !== password;

  const handleSubmit = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    try {
      await post(`/invitations/${encodeURIComponent(token)}`, { password });
      client.clear();
      await navigate("/", { replace: true });
    } catch (error) {
      setProblem(reasonOf(error, t("error.offline")));
      setSending(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={(event) => void handleSubmit(event)}>
      <h1>{t("invitation.title", { name: invited.name })}</h1>
      <p className={styles.lead}>
        {t("invitation.lead", { workspace: label(workspace?.name), login: invited.login })}
      </p>
      <input
        type="text"
        name="username"
        autoComplete="username"
        value={invited.login}
        readOnly
        hidden
      />
      <label htmlFor="password">{t("invitation.password")}</label>
      <Input.Password
        id="password"
        size="large"
        autoFocus
        autoComplete="new-password"
        aria-describedby="invitation-problem"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <label htmlFor="again">{t("invitation.again")}</label>
      <Input.Password
        id="again"
        size="large"
        autoComplete="new-password"
        aria-describedby="invitation-problem"
        status={differs ? "error" : ""}
        value={again}
        onChange={(event) => setAgain(event.target.value)}
      />
      <p id="invitation-problem" className={styles.problem} role="alert">
        {differs ? t("invitation.differs") : problem}
      </p>
      <Button
        type="primary"
        size="large"
        block
        htmlType="submit"
        loading={sending}
        disabled={[...password].length < SHORTEST_PASSWORD || again !== password}
      >
        {t("invitation.submit")}
      </Button>
      <p className={styles.made}>{t("invitation.rule", { shortest: SHORTEST_PASSWORD })}</p>
    </form>
  );
}
