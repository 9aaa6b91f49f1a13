/** The bricks that pages are made of: one file each, one line here, loaded when a page has one. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import type { Brick } from "~/api/types";

export interface BrickProps {
  props: Record<string, unknown>;
  items: Brick[];
}

type Loaded = LazyExoticComponent<ComponentType<BrickProps>>;

export const bricks: Readonly<Record<string, Loaded>> = {
  "bar-chart": lazy(() => import("./bar-chart")),
  columns: lazy(() => import("./columns")),
  facts: lazy(() => import("./facts")),
  form: lazy(() => import("./form")),
  funnel: lazy(() => import("./funnel")),
  gaps: lazy(() => import("./gaps")),
  heading: lazy(() => import("./heading")),
  imports: lazy(() => import("./imports")),
  "kpi-strip": lazy(() => import("./kpi-strip")),
  lines: lazy(() => import("./lines")),
  list: lazy(() => import("./list")),
  "metric-table": lazy(() => import("./metric-table")),
  people: lazy(() => import("./people")),
  "record-header": lazy(() => import("./record-header")),
  "record-list": lazy(() => import("./record-list")),
  related: lazy(() => import("./related")),
  sources: lazy(() => import("./sources")),
  "stage-bar": lazy(() => import("./stage-bar")),
  tabs: lazy(() => import("./tabs")),
  tasks: lazy(() => import("./tasks")),
  timeline: lazy(() => import("./timeline")),
};
