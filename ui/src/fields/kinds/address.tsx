import { Input, Select } from "antd";
import { useTranslation } from "react-i18next";
import { useLanguage } from "~/app/words";
import { provinceOptions } from "../divisions";
import type { EditorProps } from "../FieldEditor";
import styles from "../fields.module.css";

interface Address {
  province?: string | null;
  city?: string | null;
  district?: string | null;
  detail?: string | null;
}

/** Province and detail. Another province drops the codes below the one it had. */
export function AddressEditor({
  value,
  onChange,
  onCommit,
  id,
  name,
  describedBy,
  invalid,
  disabled,
}: EditorProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const address: Address = typeof value === "object" && value !== null ? (value as Address) : {};
  return (
    <div className={styles.pair}>
      <Select
        aria-label={t("address.province")}
        placeholder={t("address.province")}
        allowClear
        showSearch
        optionFilterProp="label"
        disabled={disabled}
        value={address.province ?? undefined}
        options={provinceOptions(language)}
        onChange={(province) =>
          onChange({ province: province ?? null, detail: address.detail ?? null })
        }
      />
      <Input
        id={id}
        aria-label={name}
        aria-describedby={describedBy}
        aria-invalid={invalid}
        status={invalid ? "error" : ""}
        disabled={disabled}
        value={address.detail ?? ""}
        onChange={(event) => onChange({ ...address, detail: event.target.value || null })}
        onBlur={() => onCommit?.()}
      />
    </div>
  );
}
