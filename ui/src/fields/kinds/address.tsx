import { Cascader, Input } from "antd";
import { useTranslation } from "react-i18next";
import { type Address, useDivisions } from "../divisions";
import type { EditorProps } from "../FieldEditor";
import styles from "../fields.module.css";

/** Province, city and district as one choice, and what lies below them as text. */
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
  const divisions = useDivisions();
  const address: Address = typeof value === "object" && value !== null ? (value as Address) : {};
  const codes = [address.province, address.city, address.district].filter(
    (code) => typeof code === "string",
  );
  const put = (next: Address) => onChange(Object.values(next).some(Boolean) ? next : null);
  return (
    <div className={styles.pair}>
      <Cascader
        id={id}
        aria-label={name}
        aria-describedby={describedBy}
        placeholder={t("address.place")}
        options={divisions?.tree ?? []}
        changeOnSelect
        showSearch
        disabled={disabled}
        status={invalid ? "error" : ""}
        displayRender={(labels) => labels.join(" ")}
        value={codes}
        onChange={(chosen) => {
          const [province = null, city = null, district = null] = (chosen ?? []) as string[];
          put({ province, city, district, detail: address.detail ?? null });
        }}
      />
      <Input
        aria-label={t("address.detail")}
        placeholder={t("address.detail")}
        disabled={disabled}
        value={address.detail ?? ""}
        onChange={(event) => put({ ...address, detail: event.target.value || null })}
        onBlur={() => onCommit?.()}
      />
    </div>
  );
}
