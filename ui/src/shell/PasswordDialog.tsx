import { Button, Input, Modal } from "antd";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { request } from "~/api/client";
import { showToast } from "~/app/undo";
import { reasonOf } from "~/records/editing";
import styles from "./password.module.css";

/** Changes one's own password; all other sessions end with it. */
export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [problem, setProblem] = useState("");
  const [sending, setSending] = useState(false);

  const handleSubmit = async (event: FormEvent) => {
    event.preventDefault();
    setSending(true);
    setProblem("");
    try {
      await request("POST", "/me/password", { body: { old, new: next } });
      showToast({ tone: "done", text: t("password.changed") });
      onClose();
    } catch (error) {
      setProblem(reasonOf(error, t("error.offline")));
      setSending(false);
    }
  };
  return (
    <Modal open title={t("password.title")} footer={null} onCancel={onClose} width={400}>
      <form className={styles.form} onSubmit={(event) => void handleSubmit(event)}>
        <label htmlFor="password-old">{t("password.old")}</label>
        <Input.Password
          id="password-old"
          autoFocus
          autoComplete="current-password"
          value={old}
          onChange={(event) => setOld(event.target.value)}
        />
        <label htmlFor="password-new">{t("password.new")}</label>
        <Input.Password
          id="password-new"
          autoComplete="new-password"
          aria-describedby="password-problem"
          value={next}
          onChange={(event) => setNext(event.target.value)}
        />
        <p id="password-problem" className={styles.problem} role="alert">
          {problem}
        </p>
        <p className={styles.note}>{t("password.note")}</p>
        <Button type="primary" htmlType="submit" loading={sending} disabled={!old || !next}>
          {t("password.submit")}
        </Button>
      </form>
    </Modal>
  );
}
