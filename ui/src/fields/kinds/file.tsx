import { Button } from "antd";
import { Paperclip, X } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { post } from "~/api/client";
import { showToast } from "~/app/undo";
import { reasonOf } from "~/records/editing";
import { IconButton } from "~/signs/signs";
import type { EditorProps } from "../FieldEditor";
import styles from "../fields.module.css";
import { asReferences } from "../values";

interface Uploaded {
  id: string;
  name: string;
}

/** Sends files as they are chosen; the record holds their ids once it is saved. */
export function FileEditor({ field, value, onChange, id, disabled }: EditorProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [sending, setSending] = useState(false);
  const files = asReferences(value);

  const send = async (chosen: FileList) => {
    setSending(true);
    try {
      const sent: Uploaded[] = [];
      for (const file of chosen) {
        const form = new FormData();
        form.append("file", file);
        sent.push(await post<Uploaded>("/files", form));
      }
      onChange([...files, ...sent.map((file) => ({ id: file.id, title: file.name }))]);
    } catch (error) {
      showToast({ tone: "failed", text: reasonOf(error, t("error.offline")) });
    } finally {
      setSending(false);
    }
  };
  return (
    <div className={styles.stack}>
      {files.map((file, index) => (
        <span key={file.id} className={styles.file}>
          <Paperclip size={14} aria-hidden />
          {file.title || t("file.nth", { n: index + 1 })}
          <IconButton
            icon={X}
            size={14}
            name={t("file.remove")}
            onClick={() => onChange(files.filter((item) => item.id !== file.id))}
          />
        </span>
      ))}
      <input
        ref={input}
        id={id}
        type="file"
        multiple
        hidden
        onChange={(event) => event.target.files && void send(event.target.files)}
      />
      <Button
        icon={<Paperclip size={14} aria-hidden />}
        loading={sending}
        disabled={disabled || files.length >= (field.max_files ?? 10)}
        onClick={() => input.current?.click()}
      >
        {t("file.choose")}
      </Button>
    </div>
  );
}
