/** What a page shows when it can't be shown: away, not allowed, not there, broken. */
import { Button } from "antd";
import { CloudOff, Lock, SearchX, TriangleAlert } from "lucide-react";
import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { ProblemError } from "~/api/client";
import styles from "./failed.module.css";

interface FailedProps {
  error: unknown;
  onRetry?: () => void;
  /** Inside a card: less air. */
  small?: boolean;
}

export function Failed({ error, onRetry, small }: FailedProps) {
  const { t } = useTranslation();
  const kind = kindOf(error);
  const Sign = { offline: CloudOff, forbidden: Lock, missing: SearchX, broken: TriangleAlert }[
    kind
  ];
  const detail = error instanceof ProblemError ? error.problem.detail : undefined;
  return (
    <div className={small ? styles.small : styles.failed} role="alert">
      <Sign size={small ? 20 : 28} strokeWidth={1.5} aria-hidden />
      <p className={styles.title}>{t(`failed.${kind}.title`)}</p>
      <p className={styles.text}>{(kind !== "offline" && detail) || t(`failed.${kind}.text`)}</p>
      {onRetry && kind !== "forbidden" && kind !== "missing" && (
        <Button onClick={onRetry}>{t("action.retry")}</Button>
      )}
      {kind === "missing" && !small && <Link to="/">{t("failed.home")}</Link>}
    </div>
  );
}

function kindOf(error: unknown): "offline" | "forbidden" | "missing" | "broken" {
  if (!(error instanceof ProblemError)) return "broken";
  if (error.status === 0 || error.status === 503) return "offline";
  if (error.status === 403) return "forbidden";
  return error.status === 404 ? "missing" : "broken";
}

/** For the router: an address that leads nowhere, or a page that broke. */
export function FailedRoute({ missing = false }: { missing?: boolean }) {
  const error = useRouteError();
  return <Failed error={missing ? new ProblemError({ status: 404, code: "not_found" }) : error} />;
}

interface BoundaryProps {
  children: ReactNode;
}

/** One broken part of a page stops itself, never its neighbours. */
export class Boundary extends Component<BoundaryProps, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render(): ReactNode {
    if (!this.state.error) return this.props.children;
    return <Failed small error={this.state.error} onRetry={() => this.setState({ error: null })} />;
  }
}
