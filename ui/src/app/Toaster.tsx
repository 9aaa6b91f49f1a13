import { Check, CircleX, Info, X } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import styles from "./toaster.module.css";
import { hideToast, undoLast, useToast } from "./undo";

const SIGNS = { done: Check, failed: CircleX, info: Info } as const;

/** The one line at the foot of the page, and Ctrl Z for it. */
export function Toaster() {
  const toast = useToast();
  const { t } = useTranslation();
  useEffect(() => {
    const handleKey = (event: KeyboardEvent) => {
      const undo =
        event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
      if (undo && !isTyping(event.target) && undoLast()) event.preventDefault();
    };
    window.addEventListener("keydown", handleKey);
    return () => window.removeEventListener("keydown", handleKey);
  }, []);

  const Sign = toast ? SIGNS[toast.tone] : Check;
  return (
    <div className={styles.place} role="status" aria-live="polite">
      {toast && (
        <div key={toast.id} className={`${styles.toast} ${styles[toast.tone]}`}>
          <Sign size={16} strokeWidth={2} aria-hidden />
          <span className={styles.text}>{toast.text}</span>
          {toast.undo && (
            <button type="button" onClick={undoLast}>
              {t("action.undo")}
              <kbd>Ctrl Z</kbd>
            </button>
          )}
          {toast.action && (
            <button
              type="button"
              onClick={() => {
                hideToast();
                toast.action?.run();
              }}
            >
              {toast.action.label}
            </button>
          )}
          {toast.tone === "failed" && (
            <button
              type="button"
              className={styles.close}
              aria-label={t("action.close")}
              onClick={hideToast}
            >
              <X size={14} aria-hidden />
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.matches("input, textarea") || target.isContentEditable)
  );
}
