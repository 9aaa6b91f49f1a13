import { useQueryClient } from "@tanstack/react-query";
import { Dropdown } from "antd";
import { Ellipsis, Link2, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { post, request } from "~/api/client";
import type { ObjectType, RecordData } from "~/api/types";
import { showToast } from "~/app/undo";
import * as cache from "./cache";
import { reasonOf } from "./editing";
import styles from "./record-menu.module.css";

/** Copies the address of a record. */
export async function copyAddress(path: string): Promise<void> {
  await navigator.clipboard.writeText(window.location.origin + path);
}

/** A function that moves a record to the bin, with its way back. */
export function useDelete(object: ObjectType): (record: RecordData) => Promise<boolean> {
  const client = useQueryClient();
  const { t } = useTranslation();
  return async (record) => {
    const path = `/records/${object.name}/${record.id}`;
    const title = String(record[object.title_field] ?? "");
    try {
      await request("DELETE", path, { version: record.version });
    } catch (error) {
      showToast({ tone: "failed", text: reasonOf(error, t("error.offline")) });
      return false;
    }
    cache.dropRecord(client, object.name, record.id);
    cache.refreshDerived(client, object.name);
    showToast({
      tone: "done",
      text: t("toast.deleted", { title }),
      undo: async () => {
        await post(`${path}/restore`);
        await client.invalidateQueries({ queryKey: ["list", object.name] });
        cache.refreshDerived(client, object.name);
      },
    });
    return true;
  };
}

interface RecordMenuProps {
  object: ObjectType;
  record: RecordData;
  onGone: () => void;
}

export function RecordMenu({ object, record, onGone }: RecordMenuProps) {
  const { t } = useTranslation();
  const remove = useDelete(object);
  const mayDelete = record._can?.includes("delete") ?? object.acts?.includes("delete") ?? false;
  const items = [
    { key: "copy", label: t("record.copyAddress"), icon: <Link2 size={14} aria-hidden /> },
    ...(mayDelete
      ? [
          { type: "divider" as const },
          {
            key: "delete",
            label: t("action.delete"),
            icon: <Trash2 size={14} aria-hidden />,
            danger: true,
          },
        ]
      : []),
  ];
  const handle = async (key: string) => {
    if (key === "copy") {
      await copyAddress(`/records/${object.name}/${record.id}`);
      showToast({ tone: "done", text: t("toast.copied") });
    } else if (await remove(record)) onGone();
  };
  return (
    <Dropdown
      menu={{ items, onClick: ({ key }) => void handle(key) }}
      trigger={["click"]}
      placement="bottomRight"
    >
      <span>
        <MenuButton name={t("action.more")} />
      </span>
    </Dropdown>
  );
}

function MenuButton({ name }: { name: string }) {
  return (
    <button type="button" className={styles.button} aria-label={name} aria-haspopup="menu">
      <Ellipsis size={16} strokeWidth={1.75} aria-hidden />
    </button>
  );
}
