import { Dropdown } from "antd";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";
import { useLabel } from "~/app/words";
import { iconOf } from "~/signs/icons";
import { type MenuGroup, pathOf } from "./menu";

/** The apps of the workspace; choosing one opens its first page. */
export function AppsMenu({ groups, children }: { groups: MenuGroup[]; children: ReactNode }) {
  const label = useLabel();
  const navigate = useNavigate();
  const items = groups.map((group) => {
    const Icon = iconOf(group.icon);
    return {
      key: group.app,
      label: label(group.label),
      icon: <Icon size={16} strokeWidth={1.75} aria-hidden />,
    };
  });
  const open = (app: string) => {
    const first = groups.find((group) => group.app === app)?.items[0];
    if (first) void navigate(pathOf(first.page));
  };
  return (
    <Dropdown menu={{ items, onClick: ({ key }) => open(key) }} trigger={["click"]}>
      {children}
    </Dropdown>
  );
}
