import { Button, Dropdown } from "antd";
import { Rows3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Field } from "~/api/types";
import { useLabel } from "~/app/words";

interface GroupMenuProps {
  fields: Field[];
  by: Field | undefined;
  onChange: (field: string | null) => void;
}

export function GroupMenu({ fields, by, onChange }: GroupMenuProps) {
  const { t } = useTranslation();
  const label = useLabel();
  const items = [
    { key: "", label: t("list.noGroups") },
    { type: "divider" as const },
    ...fields.map((field) => ({ key: field.name, label: label(field.label) })),
  ];
  return (
    <Dropdown
      menu={{
        items,
        selectable: true,
        selectedKeys: [by?.name ?? ""],
        onClick: ({ key }) => onChange(key || null),
      }}
      trigger={["click"]}
    >
      <Button type="text" size="small" icon={<Rows3 size={14} strokeWidth={1.75} aria-hidden />}>
        {by ? t("list.groupedBy", { field: label(by.label) }) : t("list.group")}
      </Button>
    </Dropdown>
  );
}
